/** How many numbers `Chance.bits` chooses from. */
export const CHANCES = 2 ** 30;

/**
 * Source of chance: `bits()` gives 30 random bits, a whole number in [0, CHANCES). Whole numbers of this size are
 * handed over between functions as they are, where the engine puts any other number on the heap.
 */
export interface Chance {
  bits(): number;
}

const STEP = 0x6d2b79f5;
const DROPPED_BITS = 2;

/**
 * The same numbers for the same seed, well spread and with a period of 2^32 (mulberry32, Tommy Ettinger 2017). For
 * spreading load, not for secrets.
 */
export class SeededChance implements Chance {
  readonly #state = new Int32Array(1);

  /** @param seed its lowest 32 bits count */
  constructor(seed: number) {
    this.#state[0] = seed;
  }

  bits(): number {
    const state = ((this.#state[0] ?? 0) + STEP) | 0;
    this.#state[0] = state;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return (word ^ (word >>> 14)) >>> DROPPED_BITS;
  }
}
