import type { Clock } from '@hanok/service-kit';
import { RecentCallers } from './recent-callers.ts';

/** Whether one more request is within the limit, and what is left. */
export interface Verdict {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until one more is allowed (refused) or all of them are again (allowed). */
  readonly resetMs: number;
}

export const RATE_WINDOW_MS = 60_000;
/** Counts requests and says whether they are within a limit. */
export interface Limiter {
  /** Counts a request of this caller, unless it is refused. Never rejects. */
  take(caller: string): Verdict | Promise<Verdict>;
}

/**
 * The generic cell rate algorithm (ITU-T I.371): one time a caller, the moment its allowance will be whole again.
 * A caller may spend the whole window's quota at once and then gets it back evenly. One process counts for itself;
 * a caller it has not seen for longest is forgotten when there are too many.
 */
export class RateLimiter implements Limiter {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #wholeAtMs = new RecentCallers<number>();

  constructor(quota: number, clock: Clock) {
    this.#intervalMs = RATE_WINDOW_MS / quota;
    this.#clock = clock;
  }

  /** Counts a request of this caller, unless it is refused. */
  take(caller: string): Verdict {
    const now = this.#clock.monotonicMs();
    const before = Math.max(this.#wholeAtMs.get(caller) ?? now, now);
    const after = before + this.#intervalMs;
    const overMs = after - now - RATE_WINDOW_MS;
    // Sums of intervals that are no binary fractions end a hair beyond the window.
    if (overMs > 0.001) return { allowed: false, remaining: 0, resetMs: overMs };
    this.#wholeAtMs.set(caller, after);
    return {
      allowed: true,
      remaining: Math.floor((RATE_WINDOW_MS - (after - now)) / this.#intervalMs + 0.001),
      resetMs: after - now,
    };
  }
}
