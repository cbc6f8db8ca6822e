/** What a guess tells. */
export type Outcome = 'higher' | 'lower' | 'found';

export const HIGHEST = 100;

/** One round: a number from 1 to 100 to be found. */
export class Round {
  readonly #secret: number;
  #tries = 0;

  constructor(secret: number) {
    this.#secret = secret;
  }

  get tries(): number {
    return this.#tries;
  }

  guess(number: number): Outcome {
    this.#tries += 1;
    if (number === this.#secret) return 'found';
    return number < this.#secret ? 'higher' : 'lower';
  }

  /** Fewer tries are worth more; at least 1. */
  get score(): number {
    return Math.max(1, 11 - this.#tries);
  }
}
