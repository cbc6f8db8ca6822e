import type { Rng } from '@hanok/service-kit';

/** Bounds of the waits between attempts. */
export interface BackOffOptions {
  /** The first wait's upper bound. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
}

/**
 * Waits that double up to a bound, each drawn from the upper half of its range, so that clients cut off together
 * do not come back together.
 */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #rng: Rng;
  #failures = 0;

  constructor(options: BackOffOptions, rng: Rng) {
    this.#options = options;
    this.#rng = rng;
  }

  /** Counts a failure and says how long to wait before the next attempt. */
  nextDelayMs(): number {
    const ceilingMs = Math.min(
      this.#options.maxMs,
      this.#options.firstMs * 2 ** Math.min(this.#failures, 30),
    );
    this.#failures += 1;
    return ceilingMs * (0.5 + this.#rng.next() / 2);
  }

  reset(): void {
    this.#failures = 0;
  }
}
