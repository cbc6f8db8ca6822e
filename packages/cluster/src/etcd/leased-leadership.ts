import type { Clock, Timer } from '@hanok/service-kit';
import type { Leadership } from '../election/election.ts';
import { CoordinationError } from '../engine/coordination-error.ts';

/** A leadership that is good until a deadline, which renewals move on. */
export class LeasedLeadership implements Leadership {
  readonly token: number;
  readonly #clock: Clock;
  readonly #deadline: () => number;
  readonly #controller = new AbortController();
  readonly #onPassed: () => void;
  #timer: Timer | null = null;

  /** @param onPassed told when the deadline has passed; not when it is ended before. */
  constructor(token: number, clock: Clock, deadline: () => number, onPassed: () => void) {
    this.token = token;
    this.#clock = clock;
    this.#deadline = deadline;
    this.#onPassed = onPassed;
    this.#watch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  isValid(): boolean {
    return this.remainingMs() > 0;
  }

  remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#deadline() - this.#clock.monotonicMs());
  }

  assertValid(): void {
    if (!this.isValid()) throw this.#over();
  }

  end(): void {
    this.#timer?.cancel();
    if (!this.signal.aborted) this.#controller.abort(this.#over());
  }

  /** Looks again when the deadline would pass; renewals will mostly have moved it. */
  #watch(): void {
    const leftMs = this.#deadline() - this.#clock.monotonicMs();
    if (leftMs > 0) {
      this.#timer = this.#clock.setTimer(Math.ceil(leftMs), () => this.#watch());
      return;
    }
    this.end();
    this.#onPassed();
  }

  #over(): CoordinationError {
    return new CoordinationError('not-leader', `leadership ${this.token} is over`);
  }
}
