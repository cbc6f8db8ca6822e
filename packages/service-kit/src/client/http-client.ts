import { createTargets, exchange, type RawAnswer, type Target } from './exchange.ts';
import { requestIdHeader } from '../http/request-ids.ts';
import type { ProblemDocument } from '../problem.ts';
import { currentRequestId } from '../request-context.ts';
import { traceExchange } from '../telemetry/trace-exchange.ts';
import { currentTracer } from '../telemetry/tracer.ts';

export interface HttpClientOptions {
  /** Where the service answers; several are tried in turn when one cannot be reached. At least one. */
  readonly baseUrls: readonly string[];
  /** Sent as the bearer unless a request says otherwise. */
  readonly token?: string | undefined;
  /** Longest a call may take in all, its retries included, milliseconds. Default 2,000. */
  readonly timeoutMs?: number;
  /** Most sockets to one base URL; further calls wait within their timeout. Default 64. */
  readonly maxConnections?: number;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, beginning with a slash, already percent-encoded. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /**
   * Whether the call may be sent to the next base URL after a connection broke halfway.
   * Default: true for GET, PUT and DELETE.
   */
  readonly idempotent?: boolean;
}

export interface HttpAnswer<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The parsed JSON, or undefined for an empty body. */
  readonly body: T;
}

/** The service answered, with 4xx or 5xx. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** The problem's code, or `http_<status>` when the answer was no problem document. */
  readonly code: string;
  readonly retryable: boolean;
  readonly problem: ProblemDocument | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, problem: ProblemDocument | undefined, retryAfterSeconds: number | undefined) {
    super(problem?.detail ?? problem?.title ?? `the service answered ${status}`);
    this.status = status;
    this.code = problem?.code ?? `http_${status}`;
    this.retryable = problem?.retryable ?? (status === 429 || status >= 500);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No answer: nothing listens, the connection broke, or (a `TimeoutError` as the cause) the deadline passed. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly code = 'unreachable';
  readonly retryable = true;
}

/**
 * Calls another service: keep-alive, a deadline, fail-over, the request id carried on. A service that ends the connection
 * with its answer is about to stop: the next call goes to the next base URL.
 */
export interface HttpClient {
  /**
   * @throws HttpError when the answer is 4xx or 5xx
   * @throws UnreachableError when there was none
   */
  call<T>(call: HttpCall): Promise<HttpAnswer<T>>;
  close(): Promise<void>;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const targets = createTargets(options.baseUrls, options.maxConnections ?? 64);
  const defaultTimeoutMs = options.timeoutMs ?? 2_000;
  let preferred = 0;

  async function call<T>(request: HttpCall): Promise<HttpAnswer<T>> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    const idempotent = request.idempotent ?? !['POST', 'PATCH'].includes(request.method);
    let failure: unknown;
    for (let attempt = 0; attempt < targets.length; attempt++) {
      const target = targets[preferred] ?? targets[0];
      try {
        const { answer, isLeaving } = await callOne(target, request, options.token, signal);
        if (isLeaving) preferred = (targets.indexOf(target) + 1) % targets.length;
        return toAnswer<T>(answer);
      } catch (error) {
        if (error instanceof HttpError) throw error;
        request.signal?.throwIfAborted();
        // Says that the time was up, which the broken-off request itself does not.
        failure = signal.aborted ? signal.reason : error;
        preferred = (preferred + 1) % targets.length;
        if (signal.aborted || !(idempotent || neverConnected(error))) break;
      }
    }
    const urls = options.baseUrls.join(', ');
    throw new UnreachableError(`no answer from ${urls}: ${(failure as Error).message}`, { cause: failure });
  }

  return { call, close: async () => targets.forEach((target) => target.agent.destroy()) };
}

async function callOne(
  target: Target,
  call: HttpCall,
  token: string | undefined,
  signal: AbortSignal,
): Promise<{ answer: RawAnswer; isLeaving: boolean }> {
  const requestId = currentRequestId();
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(requestId === undefined ? {} : { [requestIdHeader]: requestId }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...call.headers,
  };
  const sent = { method: call.method, path: call.path, headers, body, signal };
  const tracer = currentTracer();
  const answer = await (tracer === undefined ? exchange(target, sent) : traceExchange(tracer, target, sent));
  return { answer, isLeaving: answer.headers.connection === 'close' };
}

/** @throws HttpError when the answer is 4xx or 5xx */
function toAnswer<T>(answer: RawAnswer): HttpAnswer<T> {
  if (answer.status >= 400) {
    const retryAfter = Number(answer.headers['retry-after']);
    const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
    throw new HttpError(answer.status, parseProblem(answer.text), retryAfterSeconds);
  }
  const parsed = (answer.text === '' ? undefined : JSON.parse(answer.text)) as T;
  return { status: answer.status, headers: answer.headers, body: parsed };
}

function parseProblem(text: string): ProblemDocument | undefined {
  try {
    const document = JSON.parse(text) as ProblemDocument | null;
    return typeof document?.code === 'string' ? document : undefined;
  } catch {
    return undefined;
  }
}

/** True when the request cannot have reached the service, so that sending it again is always safe. */
function neverConnected(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return (
    code === 'ECONNREFUSED' ||
    code === 'ENOTFOUND' ||
    code === 'EAI_AGAIN' ||
    code === 'EHOSTUNREACH' ||
    code === 'UND_ERR_CONNECT_TIMEOUT'
  );
}
