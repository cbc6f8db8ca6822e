const wordBits = 32;

/**
 * Tells counters seen before from new ones, in any order within a window (RFC 6479, with one word more than the
 * window so that whole words can be cleared). Counters older than the window count as seen.
 */
export class ReplayWindow {
  readonly #words: Uint32Array;
  readonly #size: number;
  #highest = 0;

  /** @param size how far behind the highest counter a late one may come; a multiple of 32. Default 1,024. */
  constructor(size = 1_024) {
    if (size < wordBits || size % wordBits !== 0) throw new RangeError('size: must be a multiple of 32');
    this.#size = size;
    this.#words = new Uint32Array(size / wordBits + 1);
  }

  /** Marks a counter as seen. @returns false when it was, or is too old to tell. Counters start at 1. */
  accept(counter: number): boolean {
    if (counter < 1 || counter + this.#size <= this.#highest) return false;
    const word = Math.floor(counter / wordBits);
    if (counter > this.#highest) {
      this.#clearUpTo(word);
      this.#highest = counter;
    }
    const index = word % this.#words.length;
    const bit = 1 << (counter % wordBits);
    const seen = this.#words[index] ?? 0;
    if ((seen & bit) !== 0) return false;
    this.#words[index] = seen | bit;
    return true;
  }

  #clearUpTo(word: number): void {
    const current = Math.floor(this.#highest / wordBits);
    const steps = Math.min(word - current, this.#words.length);
    for (let step = 1; step <= steps; step += 1) this.#words[(current + step) % this.#words.length] = 0;
  }
}
