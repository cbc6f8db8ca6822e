import type { Clock } from '@hanok/service-kit';
import { EtcdError, grpcCodes } from './etcd-error.ts';
import { objectOf, type EtcdObject } from './etcd-json.ts';
import type { EtcdAddress } from './etcd-url.ts';
import { readLines } from './read-lines.ts';

/** How to reach etcd. */
export interface EtcdGatewayOptions {
  readonly address: EtcdAddress;
  readonly clock: Clock;
  /** A member that does not answer for so long is left for the next one. Default 2,000. */
  readonly attemptTimeoutMs?: number | undefined;
}

const defaultAttemptTimeoutMs = 2_000;
const retryPauseMs = 50;

/**
 * etcd's JSON gateway (`/v3/…`), at whichever member answers. A request that fails for a passing reason is sent again,
 * to the next member, until its time is over; so every request must be one that may be carried out twice.
 */
export class EtcdGateway {
  readonly #options: EtcdGatewayOptions;
  readonly #attemptTimeoutMs: number;
  #index = 0;
  #token: string | null = null;

  constructor(options: EtcdGatewayOptions) {
    this.#options = options;
    this.#attemptTimeoutMs = options.attemptTimeoutMs ?? defaultAttemptTimeoutMs;
  }

  /**
   * @param path below `/v3`, e.g. `/kv/range`.
   * @param onUnclear told when it is sent again although it may have been carried out already.
   * @throws EtcdError; the last one, when the time is over.
   */
  async call(
    path: string,
    body: EtcdObject,
    timeoutMs: number,
    onUnclear: () => void = () => undefined,
  ): Promise<EtcdObject> {
    const { clock } = this.#options;
    const endsAt = clock.monotonicMs() + timeoutMs;
    for (;;) {
      const leftMs = endsAt - clock.monotonicMs();
      try {
        return await this.#attempt(path, body, Math.max(1, Math.min(leftMs, this.#attemptTimeoutMs)));
      } catch (error) {
        if (!(error instanceof EtcdError) || !this.#mayTryAgain(error)) throw error;
        if (endsAt - clock.monotonicMs() <= retryPauseMs) throw error;
        if (error.retryable) onUnclear();
        await clock.sleep(retryPauseMs);
      }
    }
  }

  /**
   * Follows an answer that goes on, such as that of `/watch`, message after message, until it ends.
   * @throws EtcdError when it broke or could not be had; the signal's reason when it was aborted.
   */
  async follow(
    path: string,
    body: EtcdObject,
    onMessage: (message: EtcdObject) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const abort = new AbortController();
    const giveUp = (): void => abort.abort(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    const timer = this.#options.clock.setTimer(this.#attemptTimeoutMs, () => {
      abort.abort(new EtcdError(`${this.#endpoint} did not answer`, null));
    });
    try {
      const response = await this.#fetch(path, body, abort.signal);
      if (response.body === null || response.status !== 200) throw await errorFrom(response);
      for await (const line of unbroken(readLines(response.body), abort.signal)) {
        timer.cancel();
        const message = objectOf(parseJson(line));
        if (message['error'] !== undefined) throw errorOf(objectOf(message['error']));
        onMessage(objectOf(message['result']));
      }
    } catch (error) {
      if (error instanceof EtcdError && error.grpcCode === grpcCodes.unauthenticated) this.#token = null;
      throw error;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', giveUp);
      abort.abort();
    }
  }

  /** Turns to the next member. */
  rotate(): void {
    this.#index = (this.#index + 1) % this.#options.address.endpoints.length;
  }

  get #endpoint(): string {
    return this.#options.address.endpoints[this.#index] ?? '';
  }

  async #attempt(path: string, body: EtcdObject, timeoutMs: number): Promise<EtcdObject> {
    const abort = new AbortController();
    const endpoint = this.#endpoint;
    const timer = this.#options.clock.setTimer(timeoutMs, () => {
      abort.abort(new EtcdError(`${endpoint} did not answer within ${Math.round(timeoutMs)} ms`, null));
    });
    try {
      const response = await this.#fetch(path, body, abort.signal);
      if (response.status !== 200) throw await errorFrom(response);
      return objectOf(await response.json());
    } catch (error) {
      if (error instanceof EtcdError) throw error;
      throw new EtcdError(`${endpoint} cannot be reached`, null, { cause: error });
    } finally {
      timer.cancel();
    }
  }

  async #fetch(path: string, body: EtcdObject, signal: AbortSignal): Promise<Response> {
    const endpoint = this.#endpoint;
    const token = await this.#login(endpoint, signal);
    try {
      return await fetch(`${endpoint}/v3${path}`, {
        method: 'POST',
        headers: token === null ? {} : { authorization: token },
        body: JSON.stringify(body),
        signal,
      });
    } catch (error) {
      if (signal.aborted || error instanceof EtcdError) throw error;
      throw new EtcdError(`${endpoint} cannot be reached`, null, { cause: error });
    }
  }

  async #login(endpoint: string, signal: AbortSignal): Promise<string | null> {
    const { username, password } = this.#options.address;
    if (username === null || this.#token !== null) return this.#token;
    const response = await fetch(`${endpoint}/v3/auth/authenticate`, {
      method: 'POST',
      body: JSON.stringify({ name: username, password: password ?? '' }),
      signal,
    });
    if (response.status !== 200) throw await errorFrom(response);
    const { token } = objectOf(await response.json());
    this.#token = typeof token === 'string' ? token : null;
    return this.#token;
  }

  /** Also prepares the next attempt: at another member, or under another login. */
  #mayTryAgain(error: EtcdError): boolean {
    if (error.grpcCode === grpcCodes.unauthenticated && this.#token !== null) {
      this.#token = null;
      return true;
    }
    if (error.retryable) this.rotate();
    return error.retryable;
  }
}

/** The same lines, with what breaks them off told as an EtcdError. */
async function* unbroken(lines: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new EtcdError('etcd broke off', null, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EtcdError('etcd answered something that is not JSON', null, { cause });
  }
}

async function errorFrom(response: Response): Promise<EtcdError> {
  const text = (await response.text()).slice(0, 2_000);
  try {
    return errorOf(objectOf(JSON.parse(text)));
  } catch {
    return new EtcdError(`etcd answered ${response.status}`, response.status >= 500 ? null : 2);
  }
}

function errorOf(body: EtcdObject): EtcdError {
  const message = body['message'] ?? body['error'];
  const code = Number(body['code'] ?? body['grpc_code'] ?? 2);
  return new EtcdError(typeof message === 'string' ? message : 'etcd refused', code);
}
