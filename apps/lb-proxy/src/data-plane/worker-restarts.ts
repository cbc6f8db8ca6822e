import type { Clock, Timer } from '@hanok/service-kit';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
const STABLE_AFTER_MS = 10_000;

/**
 * When crashed workers are replaced: soon at first, then after twice the pause before, up to 5 s; one that ran for 10 s
 * begins anew.
 */
export class WorkerRestarts {
  readonly #clock: Clock;
  readonly #crashesInARow: number[] = [];
  readonly #timers = new Map<number, Timer>();
  #crashes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there were. */
  get crashes(): number {
    return this.#crashes;
  }

  /**
   * Counts the crash of the worker in a place and plans to replace it.
   * @param startedMs monotonic time at which the crashed one was started
   * @returns the pause before, ms
   */
  plan(index: number, startedMs: number, restart: () => void): number {
    this.#crashes += 1;
    const wasStable = this.#clock.monotonicMs() - startedMs >= STABLE_AFTER_MS;
    const inARow = wasStable ? 0 : (this.#crashesInARow[index] ?? 0);
    this.#crashesInARow[index] = inARow + 1;
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** inARow);
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(index);
      restart();
    });
    this.#timers.set(index, timer);
    return delayMs;
  }

  cancel(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
