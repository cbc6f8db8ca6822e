import { CacheError } from '../errors.ts';

export interface LoadLimiterOptions {
  /** Loads at a time. */
  readonly maxConcurrent: number;
  /** Loads that may wait for their turn; more are refused. */
  readonly maxWaiting: number;
}

/** Keeps the database alive while the cache cannot help: so many loads at a time, so many waiting, no more. */
export class LoadLimiter {
  readonly #maxConcurrent: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor({ maxConcurrent, maxWaiting }: LoadLimiterOptions) {
    this.#maxConcurrent = maxConcurrent;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws CacheError `overloaded` when too many wait already; else whatever `load` throws. */
  async run<T>(load: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await load();
    } finally {
      this.#leave();
    }
  }

  #enter(): Promise<void> | undefined {
    if (this.#running < this.#maxConcurrent) {
      this.#running += 1;
      return undefined;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new CacheError('overloaded', `${this.#maxWaiting} loads already wait for the database`);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The place goes straight to the next in line, so that nobody can slip in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
