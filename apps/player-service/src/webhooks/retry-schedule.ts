import type { Rng } from '@hanok/service-kit';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses before the second attempt and each further one: nine attempts in about 34 hours. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  6 * HOUR_MS,
  8 * HOUR_MS,
  12 * HOUR_MS,
];

/** Share of a pause that chance adds, so that a receiver that was down is not met by all at once. */
const JITTER = 0.25;
/** Longest that a receiver's Retry-After is heeded. */
const MAX_RETRY_AFTER_MS = 12 * HOUR_MS;

/**
 * The pause after this many failed attempts, at least what the receiver asked for; undefined when it was the
 * last.
 */
export function retryDelayMs(attempts: number, rng: Rng, retryAfterMs = 0): number | undefined {
  const planned = RETRY_DELAYS_MS[attempts - 1];
  if (planned === undefined) return undefined;
  return Math.round(
    Math.max(planned * (1 + JITTER * rng.next()), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)),
  );
}
