import type { Clock, Timer } from '@hanok/service-kit';

/** A clock that can be set to a moment of the past while a journal is read, and otherwise follows another. */
export class ShiftingClock implements Clock {
  readonly #clock: Clock;
  #behindMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes it `wallMs` now, or the present again. TTLs set meanwhile end when they would have ended. */
  setTo(wallMs: number | 'present'): void {
    this.#behindMs = wallMs === 'present' ? 0 : this.#clock.now() - wallMs;
  }

  now(): number {
    return this.#clock.now() - this.#behindMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs() - this.#behindMs;
  }

  setTimer(delayMs: number, run: () => void): Timer {
    return this.#clock.setTimer(delayMs, run);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal);
  }
}
