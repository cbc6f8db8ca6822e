import type { Clock } from '@hanok/service-kit';
import { within, type Deadline } from '../deadline.ts';
import { Busy } from '../errors.ts';

/** Waiting at most; beyond it Busy at once. */
const MAX_WAITING = 1_000;

/** Lets one through at a time, in order of arrival. */
export class Turnstile {
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `work` when all before it are done. Rejects with Busy or DeadlineExceeded, without running it. */
  async pass<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw new Busy('too many transactions are waiting to run again');
    const before = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = before.then(() => done.promise);
    this.#waiting += 1;
    try {
      await within(this.#clock, deadline, 'waiting to run the transaction again', before);
    } catch (error) {
      done.resolve();
      throw error;
    } finally {
      this.#waiting -= 1;
    }
    try {
      return await work();
    } finally {
      done.resolve();
    }
  }
}
