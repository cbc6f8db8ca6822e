import type { Clock, Timer } from '@hanok/service-kit';

interface Deadline {
  readonly timer: Timer;
  readonly at: Date;
}

/** Until when draining backends may keep their connections; one deadline for each slot at most. */
export class DrainDeadlines {
  readonly #clock: Clock;
  readonly #onDue: (slot: number) => void;
  readonly #deadlines = new Map<number, Deadline>();

  /** @param onDue told once, when a deadline that was not called off has come */
  constructor(clock: Clock, onDue: (slot: number) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Sets the deadline of a slot, in place of the one it had. */
  set(slot: number, inMs: number): void {
    this.cancel(slot);
    const timer = this.#clock.setTimer(inMs, () => {
      this.#deadlines.delete(slot);
      this.#onDue(slot);
    });
    this.#deadlines.set(slot, { timer, at: new Date(this.#clock.now() + inMs) });
  }

  /** When the slot's connections will be closed; undefined when they will not. */
  at(slot: number): Date | undefined {
    return this.#deadlines.get(slot)?.at;
  }

  cancel(slot: number): void {
    this.#deadlines.get(slot)?.timer.cancel();
    this.#deadlines.delete(slot);
  }

  stop(): void {
    for (const slot of this.#deadlines.keys()) this.cancel(slot);
  }
}
