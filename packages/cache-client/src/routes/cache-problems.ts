import { Problem, problems } from '@hanok/service-kit';
import { CacheError, type CacheErrorCode } from '../errors.ts';

/** Seconds after which a client should try again; the cache is back well within it. */
const retryAfterSeconds = 1;

const table: Readonly<Record<CacheErrorCode, (error: CacheError) => Problem | undefined>> = {
  invalid: (error) => problems.validation(about(error)),
  too_large: (error) => problems.tooLarge(about(error)),
  out_of_range: (error) =>
    problems.unprocessable({
      detail: error.message,
      errors: [{ field: 'body', rule: 'maximum', message: 'the sum must stay within ±(2^53 - 1)' }],
    }),
  muted: (error) => problems.forbidden({ detail: error.message }),
  rate_limited: (error) =>
    problems.tooManyRequests({
      detail: error.message,
      retryAfterSeconds: Math.ceil((error.retryAfterMs ?? 1_000) / 1_000),
    }),
  wrong_type: (error) => problems.conflict(about(error)),
  conflict: (error) => problems.conflict(about(error)),
  out_of_memory: (error) =>
    problems.insufficientStorage({ detail: error.message, retryable: true, retryAfterSeconds, cause: error }),
  unavailable: away,
  timeout: away,
  overloaded: away,
  read_only: away,
  denied: away,
  closed: away,
  // A defect of ours: let the server answer a bare 500 and log it.
  protocol: () => undefined,
};

/** The problem to answer when the cache failed, or undefined for errors that are not the cache's. */
export function toCacheProblem(error: unknown): Problem | undefined {
  return error instanceof CacheError ? table[error.code](error) : undefined;
}

/** What the servers are called is nobody's business outside: it is in the log, as the cause. */
function away(error: CacheError): Problem {
  return new Problem(503, 'cache_unavailable', 'The cache cannot answer right now', {
    detail: `The cache cannot answer right now (${error.code}); nothing hangs on it, try again`,
    retryAfterSeconds,
    cause: error,
  });
}

function about({ message, field, rule }: CacheError) {
  if (field === undefined || rule === undefined) return { detail: message };
  return { detail: message, errors: [{ field, rule, message }] };
}
