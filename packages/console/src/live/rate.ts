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
