import type { Clock } from '@hanok/service-kit';
import { reasonOf } from '../client/open-request.ts';
import { EtcdConnection, errorOf, parseJson, textOf, type EtcdTls } from './etcd-connection.ts';
import { EtcdError } from './etcd-error.ts';
import { objectOf, type EtcdObject } from './etcd-json.ts';
import type { EtcdAddress } from './etcd-url.ts';
import { readLines } from './read-lines.ts';

/** How to reach etcd. */
export interface EtcdGatewayOptions {
  readonly address: EtcdAddress;
  /** For `etcds://`. Default: what Node.js trusts, and no certificate of one's own. */
  readonly tls?: EtcdTls | undefined;
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
  readonly #connection: EtcdConnection;
  #index = 0;

  constructor(options: EtcdGatewayOptions) {
    this.#options = options;
    this.#connection = new EtcdConnection(options.address, options.tls);
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
        // An attempt without time would only hide what this one said.
        if (endsAt - clock.monotonicMs() <= 2 * retryPauseMs) throw error;
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
      const answer = await this.#connection.open(this.#endpoint, path, body, abort.signal);
      for await (const line of unbroken(readLines(answer), abort.signal)) {
        timer.cancel();
        const message = objectOf(parseJson(line));
        if (message['error'] !== undefined) throw errorOf(objectOf(message['error']));
        onMessage(objectOf(message['result']));
      }
    } catch (error) {
      if (error instanceof EtcdError) this.#connection.renewsLogin(error);
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
      const answer = await this.#connection.open(endpoint, path, body, abort.signal);
      return objectOf(parseJson(await textOf(answer, abort.signal)));
    } finally {
      timer.cancel();
    }
  }

  /** Also prepares the next attempt: at another member, or under another login. */
  #mayTryAgain(error: EtcdError): boolean {
    if (this.#connection.renewsLogin(error)) return true;
    if (error.retryable) this.rotate();
    return error.retryable;
  }
}

/** The same lines, with what breaks them off told as an EtcdError. */
async function* unbroken(lines: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal);
    throw new EtcdError('etcd broke off', null, { cause: error });
  }
}
