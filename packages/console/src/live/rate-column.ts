/** Looks that follow each other more closely tell nothing new. */
const minElapsedMs = 100;

/** How fast the counters of a column grow between two looks at them: hundreds at once, in one pass. */
export class RateColumn {
  readonly #perUnit: number;
  #keys: readonly string[] = [];
  #counters: readonly (number | null)[] = [];
  #rates: readonly number[] = [];
  #atMs = -Infinity;

  /** @param perUnit rates are rounded to this part of one */
  constructor(perUnit: number) {
    this.#perUnit = perUnit;
  }

  /**
   * @param keys whose counters these are; another array when they have changed
   * @returns per second; 0 at first, and when a counter began anew
   */
  next(keys: readonly string[], counters: readonly number[], nowMs: number): readonly number[] {
    if (keys !== this.#keys) this.#reorder(keys);
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs < minElapsedMs) return this.#rates;
    const before = this.#counters;
    const factor = (1_000 * this.#perUnit) / elapsedMs;
    this.#rates = counters.map((counter, index) => {
      const known = before[index] ?? null;
      return known === null || counter < known ? 0 : Math.round((counter - known) * factor) / this.#perUnit;
    });
    this.#counters = counters;
    this.#atMs = nowMs;
    return this.#rates;
  }

  #reorder(keys: readonly string[]): void {
    const places = new Map(this.#keys.map((key, index) => [key, index]));
    const order = keys.map((key) => places.get(key) ?? -1);
    this.#counters = order.map((place) => this.#counters[place] ?? null);
    this.#rates = order.map((place) => this.#rates[place] ?? 0);
    this.#keys = keys;
  }
}
