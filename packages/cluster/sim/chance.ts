import type { Rng } from '@hanok/service-kit';

/** Draws of a simulation, all from one seeded source. */
export class Chance {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** True with that probability. */
  happens(probability: number): boolean {
    return this.#rng.next() < probability;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.#rng.next();
  }

  integer(below: number): number {
    return Math.floor(this.#rng.next() * below);
  }

  /** @throws RangeError for an empty list. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}
