/** One broken rule of a request: which field, which rule, and a sentence for people. */
export interface FieldViolation {
  /** Where it is: `body.level`, `query.limit`, `params.id`, `headers.if-match`. */
  readonly field: string;
  /** The rule's stable name: `type`, `required`, `minimum`, `maxLength`, `additionalProperties`… */
  readonly rule: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** What went wrong this time, and what to do about it, for people. */
  readonly detail?: string;
  readonly errors?: readonly FieldViolation[];
  /** Whether the same request may succeed later. Default: true for 429 and 5xx but 501 and 507. */
  readonly retryable?: boolean;
  /** Seconds after which a retry makes sense; becomes the Retry-After header. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document, such as the current version on a conflict. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The JSON body of an RFC 9457 problem, media type `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly requestId?: string;
  readonly retryable: boolean;
  readonly errors?: readonly FieldViolation[];
  readonly [extension: string]: unknown;
}

/**
 * An error that is meant for the caller of the HTTP API. Throw it from a handler and the server answers
 * with its document (RFC 9457). `code` is stable: clients branch on it, never on the sentences.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly FieldViolation[] | undefined;
  readonly retryable: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, title: string, options: ProblemOptions = {}) {
    super(options.detail ?? title, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.title = title;
    this.detail = options.detail;
    this.errors = options.errors;
    this.retryable = options.retryable ?? retryableByDefault(status);
    this.headers =
      options.retryAfterSeconds === undefined
        ? (options.headers ?? {})
        : { ...options.headers, 'retry-after': String(Math.ceil(options.retryAfterSeconds)) };
    this.extensions = options.extensions ?? {};
  }

  toDocument(context: { instance?: string; requestId?: string } = {}): ProblemDocument {
    return {
      type: `urn:hanok:problem:${this.code}`,
      title: this.title,
      status: this.status,
      code: this.code,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...context,
      retryable: this.retryable,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      ...this.extensions,
    };
  }
}

function retryableByDefault(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 507);
}

const define = (status: number, code: string, title: string) => (options?: ProblemOptions) =>
  new Problem(status, code, title, options);

/** Constructors of the problems every service shares. A service adds its own codes the same way. */
export const problems = {
  malformedBody: define(400, 'malformed_body', 'The body cannot be read'),
  validation: define(400, 'validation_failed', 'The request breaks a rule'),
  unauthorized: define(401, 'unauthorized', 'Credentials are missing or wrong'),
  forbidden: define(403, 'forbidden', 'These credentials do not allow this'),
  notFound: define(404, 'not_found', 'There is nothing here'),
  methodNotAllowed: define(405, 'method_not_allowed', 'This resource does not know this method'),
  requestTimeout: define(408, 'request_timeout', 'The request took too long to arrive'),
  conflict: define(409, 'conflict', 'This contradicts the current state'),
  preconditionFailed: define(412, 'precondition_failed', 'The resource has changed since it was read'),
  tooLarge: define(413, 'too_large', 'The request is too large'),
  unsupportedMediaType: define(415, 'unsupported_media_type', 'This media type is not understood'),
  unprocessable: define(422, 'unprocessable', 'The request is well formed but cannot be carried out'),
  preconditionRequired: define(428, 'precondition_required', 'This change needs an If-Match header'),
  tooManyRequests: define(429, 'too_many_requests', 'Too many requests'),
  headersTooLarge: define(431, 'headers_too_large', 'The headers are too large'),
  internal: define(500, 'internal_error', 'Something failed here'),
  unavailable: define(503, 'unavailable', 'The service cannot answer right now'),
  timeout: define(504, 'timeout', 'A service behind this one did not answer in time'),
  insufficientStorage: define(507, 'insufficient_storage', 'There is no room left to store this'),
} as const;
