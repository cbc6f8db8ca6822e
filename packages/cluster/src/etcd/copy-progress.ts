import type { Clock } from '@hanok/service-kit';

interface Waiting {
  readonly revision: number;
  readonly reached: () => void;
}

/** How far the own copy of etcd's keys has come, for those who wait until it shows a certain revision. */
export class CopyProgress {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #revision = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The copy shows everything up to this revision. */
  reach(revision: number): void {
    this.#revision = revision;
    for (const each of this.#waiting) if (each.revision <= revision) each.reached();
  }

  /** @returns whether the copy came so far within the time given. */
  async reached(revision: number, timeoutMs: number): Promise<boolean> {
    if (this.#revision >= revision) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { revision, reached: () => resolve(true) };
    this.#waiting.add(waiting);
    const timer = this.#clock.setTimer(timeoutMs, () => resolve(false));
    try {
      return await promise;
    } finally {
      this.#waiting.delete(waiting);
      timer.cancel();
    }
  }
}
