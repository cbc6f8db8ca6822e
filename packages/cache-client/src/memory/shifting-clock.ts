import type { Clock, Timer } from '@hanok/service-kit';

interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** A clock that can stand still at a moment, of the past too, and otherwise follows another. */
export class ShiftingClock implements Clock {
  readonly #clock: Clock;
  #moment: Moment | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes it `wallMs` as long as `run` runs. TTLs set by it end when they would have ended then. */
  standAt<T>(wallMs: number, run: () => T): T {
    const behindMs = this.#clock.now() - wallMs;
    this.#moment = { wallMs, monotonicMs: this.#clock.monotonicMs() - behindMs };
    try {
      return run();
    } finally {
      this.#moment = undefined;
    }
  }

  now(): number {
    return this.#moment?.wallMs ?? this.#clock.now();
  }

  monotonicMs(): number {
    return this.#moment?.monotonicMs ?? this.#clock.monotonicMs();
  }

  setTimer(delayMs: number, run: () => void): Timer {
    return this.#clock.setTimer(delayMs, run);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal);
  }
}
