import {
  ApiError,
  ConnectionError,
  HanokError,
  TimeoutError,
  UnexpectedAnswerError,
  type ProblemDocument,
} from './errors.ts';
import { retryDelayMs, type RetryOptions } from './retry.ts';
import { sleep, type ClientRuntime } from './runtime.ts';

/** What every method of the SDK accepts as its last argument. */
export interface CallOptions {
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Longest the call may take, its retries included, milliseconds. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number;
}

/** What methods that change something accept. */
export interface ChangeOptions extends CallOptions {
  /**
   * Names this change, so that sending it again cannot do it twice: 1 to 128 visible ASCII characters, 16 or more
   * that nobody can guess where the answer shows a secret (log-ins, refreshes, keys). Default:
   * a new id for each call, kept over its retries. Give your own to repeat a call safely after a restart.
   */
  readonly idempotencyKey?: string;
}

export type QueryValue = string | number | boolean | undefined;

/** One call of the API. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Of segments made by `segment`, beginning with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A success: its body, undefined when there was none, and its headers. */
export interface Received<T> {
  readonly body: T;
  readonly headers: Headers;
}

/** Keeps the token of a session valid. */
export interface TokenKeeper {
  readonly token: string;
  /** Makes sure that `token` is another one than the refused; false when that is not possible. */
  renew(refused: string): Promise<boolean>;
}

export interface TransportOptions {
  readonly baseUrl: string;
  readonly token: string | undefined;
  /** Its token takes the place of `token`, and is renewed when it is refused. */
  readonly keeper?: TokenKeeper | undefined;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly retry: RetryOptions;
  readonly runtime: ClientRuntime;
}

/** Sends calls: credentials, deadlines, safe retries, and problem documents turned into errors. */
export class Transport {
  readonly options: TransportOptions;

  constructor(options: TransportOptions) {
    this.options = options;
  }

  /** A change the service does at most once for its Idempotency-Key; therefore it may be repeated. */
  receiveKeyed<T>(call: ApiCall, options: ChangeOptions = {}): Promise<Received<T>> {
    const key = options.idempotencyKey ?? this.options.runtime.newId();
    return this.receive({ ...call, headers: { ...call.headers, 'idempotency-key': key } }, options, true);
  }

  /** Sends a call; again, while it fails in a way that may pass, only when it is `repeatable`. */
  async receive<T>(call: ApiCall, options: CallOptions, repeatable: boolean): Promise<Received<T>> {
    const { runtime, retry, timeoutMs } = this.options;
    options.signal?.throwIfAborted();
    const deadline = new AbortController();
    const limitMs = options.timeoutMs ?? timeoutMs;
    const endsAtMs = runtime.monotonicMs() + limitMs;
    const cancel = runtime.setTimer(limitMs, () => deadline.abort());
    const signal =
      options.signal === undefined ? deadline.signal : AbortSignal.any([options.signal, deadline.signal]);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#attemptWithToken<T>(call, signal);
        } catch (error) {
          options.signal?.throwIfAborted();
          if (deadline.signal.aborted) throw timedOut(call, limitMs, error);
          if (!(error instanceof HanokError) || !error.retryable || !repeatable || attempt > retry.maxRetries)
            throw error;
          const delayMs = retryDelayMs(attempt, retry, runtime.random, error);
          // No point in waiting for a try that the deadline would cut off: tell what is wrong now.
          if (runtime.monotonicMs() + delayMs >= endsAtMs) throw error;
          await sleep(runtime, delayMs, signal).catch(() => options.signal?.throwIfAborted());
        }
      }
    } finally {
      cancel();
    }
  }

  /** One try, and another with a renewed token when the first was refused for its token: then nothing was done yet. */
  async #attemptWithToken<T>(call: ApiCall, signal: AbortSignal): Promise<Received<T>> {
    const { keeper, token } = this.options;
    const used = keeper?.token ?? token;
    try {
      return await this.#attempt<T>(call, used, signal);
    } catch (error) {
      const refused = error instanceof ApiError && error.status === 401;
      if (!refused || keeper === undefined || used === undefined) throw error;
      if (!(await keeper.renew(used))) throw error;
      return this.#attempt<T>(call, keeper.token, signal);
    }
  }

  async #attempt<T>(call: ApiCall, token: string | undefined, callSignal: AbortSignal): Promise<Received<T>> {
    const { runtime, attemptTimeoutMs } = this.options;
    const late = new AbortController();
    const cancel = runtime.setTimer(attemptTimeoutMs, () => late.abort());
    try {
      const response = await runtime.fetch(this.#url(call), {
        method: call.method,
        headers: headersOf(call, token),
        signal: AbortSignal.any([callSignal, late.signal]),
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
      return await readAnswer<T>(call, response);
    } catch (error) {
      if (error instanceof HanokError) throw error;
      if (late.signal.aborted) throw timedOut(call, attemptTimeoutMs, error);
      throw new ConnectionError(`${label(call)}: no answer from ${this.options.baseUrl}`, { cause: error });
    } finally {
      cancel();
    }
  }

  #url(call: ApiCall): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, String(value));
    }
    const text = query.toString();
    return `${this.options.baseUrl}${call.path}${text === '' ? '' : `?${text}`}`;
  }
}

function headersOf(call: ApiCall, token: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...call.headers,
  };
}

async function readAnswer<T>(call: ApiCall, response: Response): Promise<Received<T>> {
  const text = await response.text();
  if (!response.ok)
    throw new ApiError(label(call), response.status, parseProblem(text), retryAfterMs(response));
  const { headers } = response;
  if (text === '') return { body: undefined as T, headers };
  try {
    return { body: JSON.parse(text) as T, headers };
  } catch (error) {
    throw new UnexpectedAnswerError(`${label(call)}: the answer is not JSON`, { cause: error });
  }
}

function parseProblem(text: string): ProblemDocument | undefined {
  try {
    const document = JSON.parse(text) as ProblemDocument | null;
    return typeof document?.code === 'string' ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Retry-After in its seconds form; services of Hanok send no dates. */
function retryAfterMs(response: Response): number | undefined {
  const text = response.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/u.test(text) ? Number(text) * 1_000 : undefined;
}

function timedOut(call: ApiCall, limitMs: number, cause: unknown): TimeoutError {
  return new TimeoutError(`${label(call)}: no answer within ${limitMs} ms`, { cause });
}

function label(call: ApiCall): string {
  return `${call.method} ${call.path}`;
}
