/** One rule a request broke, as the service tells it. */
export interface FieldViolation {
  /** Where: `body.level`, `query.limit`, `params.id`, `headers.if-match`. */
  readonly field: string;
  /** The rule's stable name, such as `required` or `maxLength`. */
  readonly rule: string;
  readonly message: string;
}

/** The RFC 9457 document of a refusal. Members the SDK does not know are kept. */
export interface ProblemDocument {
  readonly status: number;
  /** Stable; branch on it, never on the sentences. */
  readonly code: string;
  readonly title?: string;
  readonly detail?: string;
  readonly requestId?: string;
  readonly retryable?: boolean;
  readonly errors?: readonly FieldViolation[];
  readonly [extension: string]: unknown;
}

/** Every error of the SDK itself. A call that its caller aborts rejects with the caller's own reason instead. */
export abstract class HanokError extends Error {
  /** Stable name of what went wrong. */
  abstract readonly code: string;
  /** Whether the same call may succeed later. The SDK has already retried where that was safe. */
  abstract readonly retryable: boolean;
}

/** The service answered, and refused (4xx) or failed (5xx). */
export class ApiError extends HanokError {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The problem's code, or `http_<status>` when the answer was no problem document. */
  readonly code: string;
  readonly retryable: boolean;
  /** Finds the request in the services' logs. */
  readonly requestId: string | undefined;
  readonly errors: readonly FieldViolation[];
  readonly problem: ProblemDocument | undefined;
  /** How long the service asks to wait before another try, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    call: string,
    status: number,
    problem: ProblemDocument | undefined,
    retryAfterMs: number | undefined,
  ) {
    super(`${call}: ${problem?.detail ?? problem?.title ?? `the service answered ${status}`}`);
    this.status = status;
    this.code = problem?.code ?? `http_${status}`;
    this.retryable = problem?.retryable ?? (status === 429 || status >= 500);
    this.requestId = problem?.requestId;
    this.errors = problem?.errors ?? [];
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}

/** There was no answer: nothing listens, or the connection broke. Whether the call took effect is unknown. */
export class ConnectionError extends HanokError {
  override readonly name = 'ConnectionError';
  readonly code = 'connection_failed';
  readonly retryable = true;
}

/** No answer within the call's deadline. Whether the call took effect is unknown. */
export class TimeoutError extends HanokError {
  override readonly name = 'TimeoutError';
  readonly code = 'timeout';
  readonly retryable = true;
}

/** The answer was a success but not what the API promises, such as a page of another server. */
export class UnexpectedAnswerError extends HanokError {
  override readonly name = 'UnexpectedAnswerError';
  readonly code = 'unexpected_answer';
  readonly retryable = false;
}
