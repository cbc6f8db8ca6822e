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
   * Names this change, so that sending it again cannot do it twice: 1 to 128 visible ASCII characters. Default:
   * a new id for each call, kept over its retries. Give your own to repeat a call safely after a restart.
   */
  readonly idempotencyKey?: string;
}

export type QueryValue = string | number | boolean | undefined;

/** One call of the API. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Built by `path`, beginning with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TransportOptions {
  readonly baseUrl: string;
  readonly token: string | undefined;
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

  /** A read; it is repeated when it fails in a way that may pass. */
  read<T>(call: Omit<ApiCall, 'method'>, options: CallOptions = {}): Promise<T> {
    return this.#send({ ...call, method: 'GET' }, options, true);
  }

  /** A change the service does at most once for its Idempotency-Key; therefore it may be repeated. */
  change<T>(call: ApiCall, options: ChangeOptions = {}): Promise<T> {
    const key = options.idempotencyKey ?? this.options.runtime.newId();
    return this.#send({ ...call, headers: { ...call.headers, 'idempotency-key': key } }, options, true);
  }

  /** A change that does the same however often it is sent; it is repeated like a read. */
  repeat<T>(call: ApiCall, options: CallOptions = {}): Promise<T> {
    return this.#send(call, options, true);
  }

  /** A change without any such guarantee; it is sent once. */
  once<T>(call: ApiCall, options: CallOptions = {}): Promise<T> {
    return this.#send(call, options, false);
  }

  async #send<T>(call: ApiCall, options: CallOptions, repeatable: boolean): Promise<T> {
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
          return await this.#attempt<T>(call, signal);
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

  async #attempt<T>(call: ApiCall, callSignal: AbortSignal): Promise<T> {
    const { runtime, attemptTimeoutMs } = this.options;
    const late = new AbortController();
    const cancel = runtime.setTimer(attemptTimeoutMs, () => late.abort());
    try {
      const response = await runtime.fetch(this.#url(call), {
        method: call.method,
        headers: this.#headers(call),
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

  #headers(call: ApiCall): Record<string, string> {
    return {
      accept: 'application/json',
      ...(this.options.token === undefined ? {} : { authorization: `Bearer ${this.options.token}` }),
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    };
  }
}

async function readAnswer<T>(call: ApiCall, response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok)
    throw new ApiError(label(call), response.status, parseProblem(text), retryAfterMs(response));
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
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
