/** Chance that is part of the state, so that a run is replayed exactly from its seed and its events. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). Mulberry32: 32 bits of state are plenty to spread probes. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Fisher-Yates, in place. */
  shuffle(items: unknown[]): void {
    for (let last = items.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      [items[last], items[other]] = [items[other], items[last]];
    }
  }

  /** Up to `count` different items that fit, each as likely as any other. */
  pick<T>(items: readonly T[], count: number, fits: (item: T) => boolean): T[] {
    const picked = new Set<T>();
    // A few tries find members quickly where most fit; where they do not, all are looked at.
    for (let tries = 0; tries < count * 3 && picked.size < count && items.length > count * 3; tries += 1) {
      const item = items[this.below(items.length)];
      if (item !== undefined && fits(item)) picked.add(item);
    }
    if (picked.size < count) {
      const rest = items.filter((item) => !picked.has(item) && fits(item));
      this.shuffle(rest);
      for (const item of rest.slice(0, count - picked.size)) picked.add(item);
    }
    return [...picked];
  }
}
