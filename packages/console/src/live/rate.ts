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

/** The rates of many counters by what they count for and then by name; what is not asked for any more is forgotten. */
export class Rates<Name extends string> {
  readonly #names: readonly Name[];
  #rates = new Map<string, Record<Name, Rate>>();
  #used = new Map<string, Record<Name, Rate>>();

  constructor(names: readonly Name[]) {
    this.#names = names;
  }

  of(key: string): Record<Name, Rate> {
    const rates = this.#used.get(key) ?? this.#rates.get(key) ?? this.#begin();
    this.#used.set(key, rates);
    return rates;
  }

  /** After a round: keeps what the round has used. */
  endRound(): void {
    this.#rates = this.#used;
    this.#used = new Map();
  }

  #begin(): Record<Name, Rate> {
    return Object.fromEntries(this.#names.map((name) => [name, new Rate()])) as Record<Name, Rate>;
  }
}
