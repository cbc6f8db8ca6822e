/**
 * What can go wrong in the domain, as stable codes. The HTTP layer maps every code to one problem document
 * in one table (`http/problem-table.ts`); nothing else decides status codes.
 */
export type DomainErrorCode =
  | 'invalid_value'
  | 'player_not_found'
  | 'username_taken'
  | 'email_taken'
  | 'device_taken'
  | 'device_not_found'
  | 'too_many_devices'
  | 'version_conflict'
  | 'version_required'
  | 'insufficient_funds'
  | 'balance_limit'
  | 'data_too_large'
  | 'credentials_rejected'
  | 'refresh_token_reused'
  | 'session_required'
  | 'forbidden'
  | 'idempotency_key_reused'
  | 'request_in_progress'
  | 'reward_not_found'
  | 'api_key_not_found'
  | 'reward_not_reversible'
  | 'endpoint_not_found'
  | 'endpoint_disabled'
  | 'too_many_endpoints'
  | 'delivery_not_found'
  | 'too_many_failures'
  | 'hashing_overloaded'
  | 'sessions_unavailable';

/** Codes after which the same request may succeed unchanged. */
const RETRYABLE: ReadonlySet<DomainErrorCode> = new Set([
  'too_many_failures',
  'request_in_progress',
  'hashing_overloaded',
  'sessions_unavailable',
]);

/** One refused field of a player, the stable name of the rule it breaks, and a sentence for people. */
export interface DomainViolation {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

/** An expected failure of the domain. `violations` names the fields at fault, where there are any. */
export class DomainError extends Error {
  readonly code: DomainErrorCode;
  readonly retryable: boolean;
  readonly violations: readonly DomainViolation[];
  /** When the same request may succeed, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: DomainErrorCode,
    message: string,
    options: {
      cause?: unknown;
      violations?: readonly DomainViolation[];
      retryAfterSeconds?: number;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    this.violations = options.violations ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A value that breaks a rule the JSON schema cannot express; `message` continues the field's name. */
export function invalidValue(field: string, rule: string, message: string): DomainError {
  const sentence = `${field} ${message}`;
  return new DomainError('invalid_value', sentence, { violations: [{ field, rule, message: sentence }] });
}
