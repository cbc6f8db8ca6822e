import { toCacheProblem } from '@hanok/cache-client';
import { RepositoryError, ValidationError, type RepositoryErrorCode } from '@hanok/repository';
import { Problem, problems } from '@hanok/service-kit';
import { DomainError, type DomainErrorCode } from '../domain/errors.ts';

interface Row {
  readonly status: number;
  readonly title: string;
  readonly retryAfterSeconds?: number;
}

/** Every domain error's answer. The code of the error is the code of the problem. */
const TABLE: Readonly<Record<Exclude<DomainErrorCode, 'invalid_value'>, Row>> = {
  player_not_found: { status: 404, title: 'There is no such player' },
  api_key_not_found: { status: 404, title: 'There is no such API key' },
  reward_not_found: { status: 404, title: 'There is no such reward' },
  reward_not_reversible: { status: 409, title: 'This reward cannot be taken back' },
  endpoint_not_found: { status: 404, title: 'There is no such webhook endpoint' },
  endpoint_disabled: { status: 409, title: 'This webhook endpoint is disabled' },
  too_many_endpoints: { status: 409, title: 'There are too many webhook endpoints' },
  delivery_not_found: { status: 404, title: 'There is no such dead delivery' },
  username_taken: { status: 409, title: 'This username is taken' },
  email_taken: { status: 409, title: 'This e-mail address is taken' },
  device_not_found: { status: 404, title: 'The player has no such device' },
  too_many_devices: { status: 409, title: 'The player has too many devices' },
  device_taken: { status: 409, title: 'This device belongs to another player' },
  idempotency_key_reused: { status: 409, title: 'This Idempotency-Key was used with another request' },
  request_in_progress: { status: 409, title: 'This request is being carried out' },
  insufficient_funds: { status: 409, title: 'The balance is too low' },
  balance_limit: { status: 409, title: 'The balance would pass the largest exact integer' },
  data_too_large: { status: 413, title: 'The document is too large' },
  version_conflict: { status: 412, title: 'The player has changed since it was read' },
  version_required: { status: 428, title: 'This change needs an If-Match header' },
  credentials_rejected: { status: 401, title: 'These credentials are not right' },
  refresh_token_reused: { status: 401, title: 'This refresh token was used before' },
  session_required: { status: 401, title: 'This needs a session' },
  forbidden: { status: 403, title: 'These credentials do not allow this' },
  too_many_failures: { status: 429, title: 'Too many failed log-ins' },
  hashing_overloaded: { status: 503, title: 'Too many log-ins at once', retryAfterSeconds: 1 },
  sessions_unavailable: { status: 503, title: 'Sessions are out of reach', retryAfterSeconds: 1 },
};

/** What the database may report that is nobody's mistake; all else is a defect of ours and stays a 500. */
const DATABASE_AWAY: Readonly<Partial<Record<RepositoryErrorCode, string>>> = {
  busy: 'The database is busy; nothing was changed',
  serialization_failure: 'The change collided with others; nothing was changed',
  deadline_exceeded: 'The database took too long; nothing was changed',
  connection_lost: 'The database does not answer',
  database_closed: 'The service is stopping',
};

/** Turns an expected failure into its problem; undefined for a defect. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof DomainError) return domainProblem(error);
  if (error instanceof RepositoryError) return databaseProblem(error);
  return toCacheProblem(error);
}

function databaseProblem(error: RepositoryError): Problem | undefined {
  if (error instanceof ValidationError && ['cursor', 'limit'].includes(error.field)) {
    const violation = { field: `query.${error.field}`, rule: 'value', message: `must be ${error.rule}` };
    return problems.validation({
      detail: `${violation.field} ${violation.message}`,
      errors: [violation],
      cause: error,
    });
  }
  if (error.code === 'storage_full') {
    return problems.insufficientStorage({ detail: 'The disk is full; nothing was changed', cause: error });
  }
  const detail = DATABASE_AWAY[error.code];
  if (detail === undefined) return undefined;
  return problems.unavailable({ detail, retryAfterSeconds: 1, cause: error });
}

/** Fields without a root are members of the body. */
function domainProblem(error: DomainError): Problem {
  const errors = error.violations.map((violation) => ({ ...violation, field: rooted(violation.field) }));
  if (error.code === 'invalid_value') {
    return problems.validation({ detail: error.message, errors, cause: error });
  }
  const { status, title, retryAfterSeconds = error.retryAfterSeconds } = TABLE[error.code];
  return new Problem(status, error.code, title, {
    detail: error.message,
    retryable: error.retryable,
    cause: error,
    ...(errors.length === 0 ? {} : { errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(status === 401 ? { headers: { 'www-authenticate': 'Bearer' } } : {}),
  });
}

function rooted(field: string): string {
  return /^(body|query|params|headers)(\.|$)/u.test(field) ? field : `body.${field}`;
}
