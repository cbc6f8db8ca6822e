/**
 * What can go wrong with a cache, as a stable code.
 *
 * | code | meaning | retry helps |
 * | --- | --- | --- |
 * | `unavailable` | no connection, or the breaker is open | yes |
 * | `timeout` | no answer in time; the command may still have been carried out | yes |
 * | `overloaded` | too many commands or loads already wait | yes |
 * | `out_of_memory` | the engine is full and has nothing left to evict | yes |
 * | `read_only` | the server is a replica | yes |
 * | `closed` | the store was closed by its owner | no |
 * | `denied` | wrong password or missing permission | no |
 * | `wrong_type` | the key holds another kind of value | no |
 * | `out_of_range` | the result would leave ±(2^53 - 1) | no |
 * | `too_large` | a key or value is over its bound | no |
 * | `invalid` | an argument breaks a rule; see `field` and `rule` | no |
 * | `conflict` | the request contradicts what is stored, such as a board's definition | no |
 * | `muted` | the player may not publish here for now; see `retryAfterMs` | no |
 * | `rate_limited` | too many messages in a short time; see `retryAfterMs` | yes |
 * | `protocol` | the server answered something that cannot be understood | no |
 */
export type CacheErrorCode =
  | 'unavailable'
  | 'timeout'
  | 'overloaded'
  | 'out_of_memory'
  | 'read_only'
  | 'closed'
  | 'denied'
  | 'wrong_type'
  | 'out_of_range'
  | 'too_large'
  | 'invalid'
  | 'conflict'
  | 'muted'
  | 'rate_limited'
  | 'protocol';

const retryableCodes: ReadonlySet<CacheErrorCode> = new Set([
  'unavailable',
  'timeout',
  'overloaded',
  'out_of_memory',
  'read_only',
  'rate_limited',
]);

const awayCodes: ReadonlySet<CacheErrorCode> = new Set([
  'unavailable',
  'timeout',
  'overloaded',
  'out_of_memory',
  'read_only',
  'denied',
]);

const knownCodes: ReadonlySet<string> = new Set<CacheErrorCode>([
  ...retryableCodes,
  'closed',
  'denied',
  'wrong_type',
  'out_of_range',
  'too_large',
  'invalid',
  'conflict',
  'muted',
  'protocol',
]);

export interface CacheErrorOptions {
  readonly cause?: unknown;
  /** The argument that breaks a rule. */
  readonly field?: string;
  /** The rule it breaks: `pattern`, `minimum`, `maxLength`… */
  readonly rule?: string;
  /** When the same call may succeed. */
  readonly retryAfterMs?: number;
}

/** Every failure of this package. Branch on `code`, never on the message. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  readonly code: CacheErrorCode;
  /** Whether the same call may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly rule: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: CacheErrorCode, message: string, options: CacheErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = retryableCodes.has(code);
    this.field = options.field;
    this.rule = options.rule;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True when the cache cannot serve right now, so that a caller with another source should use that. */
export function isCacheAway(error: unknown): error is CacheError {
  return error instanceof CacheError && awayCodes.has(error.code);
}

/** True for the codes of {@link CacheErrorCode}; used where a code arrives over a wire. */
export function isCacheErrorCode(code: unknown): code is CacheErrorCode {
  return typeof code === 'string' && knownCodes.has(code);
}
