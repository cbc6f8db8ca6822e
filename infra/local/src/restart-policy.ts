import type { Rng } from '@hanok/service-kit/random';

/** When a dead child is started again, and when it is given up. */
export interface RestartPolicy {
  /** Delay before the first restart, milliseconds. */
  readonly baseDelayMs: number;
  /** Longest delay between restarts, milliseconds. */
  readonly maxDelayMs: number;
  /** A child that was ready for this long starts with a clean record, milliseconds. */
  readonly healthyAfterMs: number;
  /** A child that ends by itself this often in a row, never once ready, is given up. */
  readonly maxFailedStarts: number;
}

export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  baseDelayMs: 250,
  maxDelayMs: 10_000,
  healthyAfterMs: 10_000,
  maxFailedStarts: 3,
};

/**
 * The delay before restart number `attempt` (1 is the first): it doubles each time up to
 * the maximum, and half of it is random so that children that died together do not
 * come back together.
 */
export function restartDelayMs(attempt: number, policy: RestartPolicy, rng: Rng): number {
  const exponent = Math.min(attempt - 1, 30);
  const ceilingMs = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** exponent);
  return Math.round(ceilingMs * (0.5 + 0.5 * rng.next()));
}
