import { ApiError, type HanokError } from './errors.ts';

/** How calls that may be repeated are repeated. */
export interface RetryOptions {
  /** Most tries after the first. Default 4; 0 turns retries off; at most 20. */
  readonly maxRetries: number;
  /** Longest pause before the first retry, milliseconds; doubles with each one. Default 100. */
  readonly baseDelayMs: number;
  /** Longest pause of all, milliseconds. Default 2,000. */
  readonly maxDelayMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { maxRetries: 4, baseDelayMs: 100, maxDelayMs: 2_000 };

/**
 * The pause before retry number `retry` (1 is the first): random between nothing and a bound that doubles
 * ("full jitter", Brooker, Exponential Backoff and Jitter, AWS 2015), so that clients that failed together do
 * not return together. A pause the service asks for is kept at least.
 */
export function retryDelayMs(
  retry: number,
  options: RetryOptions,
  random: () => number,
  error: HanokError,
): number {
  const boundMs = Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** Math.min(retry - 1, 30));
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return askedMs + boundMs * random();
}
