/** Buckets grow by this factor, so a percentile is told within about 4%. */
const GROWTH = 1.08;
const SMALLEST_MS = 0.05;
const BUCKETS = 240;

/** How often and how fast one operation was done. Needs the same little memory for any number of calls. */
export class LatencyRecord {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #errors = 0;

  get count(): number {
    return this.#count;
  }

  get errors(): number {
    return this.#errors;
  }

  succeeded(tookMs: number): void {
    this.#count += 1;
    const index = Math.ceil(Math.log(Math.max(tookMs, SMALLEST_MS) / SMALLEST_MS) / Math.log(GROWTH));
    const bucket = Math.min(BUCKETS - 1, index);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  failed(): void {
    this.#errors += 1;
  }

  /**
   * The time within which `share` of the successful calls were done, milliseconds; 0 when there were none.
   *
   * @param share from 0 to 1, such as 0.99.
   */
  percentileMs(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (const [index, inBucket] of this.#buckets.entries()) {
      seen += inBucket;
      if (seen >= rank && seen > 0) return SMALLEST_MS * GROWTH ** index;
    }
    return 0;
  }
}
