import { type Clock, sleepOn, type Timer } from '@hanok/service-kit/time';

/** More wake-ups than this in one call mean timers that set each other without time passing. */
const WAKE_UPS_PER_ADVANCE = 100_000;

// Taken when the module loads: a test may replace the global timers later.
const { setImmediate } = globalThis;

interface PendingTimer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Where a {@link SimulatedClock} begins. */
export interface SimulatedClockOptions {
  /** The wall clock at the start, in ms since the epoch. Default 2026-01-01T00:00:00Z. */
  startMs?: number;
}

/**
 * A clock that stands still until the test moves it.
 *
 * Timers run in the order they are due; those due at the same moment run in the order they were set. Between
 * two timers everything that became ready (promises, immediates) runs, so code that awaits a timer and sets
 * the next one behaves as in real time. Monotonic time starts at 0.
 */
export class SimulatedClock implements Clock {
  #wallMs: number;
  #elapsedMs = 0;
  readonly #timers = new Set<PendingTimer>();

  constructor({ startMs = Date.UTC(2026, 0, 1) }: SimulatedClockOptions = {}) {
    this.#wallMs = startMs;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  /** How many timers and sleeps are waiting. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Time until the next timer is due, or undefined when none is waiting. */
  get nextTimerMs(): number | undefined {
    const next = this.#nextTimer();
    return next === undefined ? undefined : next.dueMs - this.#elapsedMs;
  }

  /**
   * Lets `ms` pass, running every timer that becomes due on the way, also those set meanwhile.
   *
   * @throws RangeError when `ms` is negative or not finite
   * @throws Error after 100,000 wake-ups in one call: timers then keep setting each other
   */
  async advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`advance: ms must be 0 or more, not ${ms}`);
    const untilMs = this.#elapsedMs + ms;
    await settle();
    for (let wakeUps = 0; ; wakeUps++) {
      const next = this.#nextTimer();
      if (next === undefined || next.dueMs > untilMs) break;
      if (wakeUps === WAKE_UPS_PER_ADVANCE) throw new Error(`advance: ${wakeUps} wake-ups, and no end`);
      this.#timers.delete(next);
      this.#passTo(next.dueMs);
      next.run();
      await settle();
    }
    this.#passTo(untilMs);
  }

  /**
   * Jumps from timer to timer until `condition` holds.
   *
   * @param limitMs how much simulated time this may take. Default one hour.
   * @throws Error when the limit is reached or no timer is left
   */
  async advanceUntil(condition: () => boolean, limitMs = 3_600_000): Promise<void> {
    const startedMs = this.#elapsedMs;
    await settle();
    while (!condition()) {
      const waitMs = this.nextTimerMs;
      const passedMs = this.#elapsedMs - startedMs;
      if (waitMs === undefined) throw new Error(`advanceUntil: no timer is left after ${passedMs} ms`);
      if (passedMs + waitMs > limitMs) throw new Error(`advanceUntil: not so within ${limitMs} ms`);
      await this.advance(waitMs);
    }
  }

  /** Moves the wall clock alone, as a time server or an operator does; timers and monotonic time stay. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  #passTo(elapsedMs: number): void {
    const passedMs = Math.max(0, elapsedMs - this.#elapsedMs);
    this.#elapsedMs += passedMs;
    this.#wallMs += passedMs;
  }

  #nextTimer(): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.dueMs < first.dueMs) first = timer;
    }
    return first;
  }
}

/** Runs what is ready: an immediate comes after every microtask, also those that microtasks add. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
