/** How fast a counter grows between two looks at it. */
export class Rate {
  #value: number | null = null;
  #atMs = 0;
  #perSecond = 0;

  /** @returns per second, rounded to a tenth; 0 at first, and when the counter began anew. */
  next(value: number, nowMs: number): number {
    const elapsedMs = nowMs - this.#atMs;
    if (this.#value !== null && elapsedMs < 100) return this.#perSecond;
    const grown = this.#value === null || value < this.#value ? 0 : value - this.#value;
    this.#perSecond = elapsedMs > 0 ? Math.round((grown / elapsedMs) * 10_000) / 10 : 0;
    this.#value = value;
    this.#atMs = nowMs;
    return this.#perSecond;
  }
}

/** The rates of many counters by name; those that are not asked for any more are forgotten. */
export class Rates {
  #rates = new Map<string, Rate>();
  #used = new Map<string, Rate>();

  next(name: string, value: number, nowMs: number): number {
    const rate = this.#rates.get(name) ?? new Rate();
    this.#used.set(name, rate);
    return rate.next(value, nowMs);
  }

  /** After a round: keeps what the round has used. */
  endRound(): void {
    this.#rates = this.#used;
    this.#used = new Map();
  }
}
