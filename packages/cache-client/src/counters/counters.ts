import { checkName, taggedKey } from '../names.ts';
import { integer } from '../store/decode.ts';
import type { CacheStore } from '../store/cache-store.ts';

/** Exact counters by name, such as `players_online` or `total_logins`, within ±(2^53 - 1). */
export class Counters {
  readonly #store: CacheStore;

  constructor(store: CacheStore) {
    this.#store = store;
  }

  /**
   * Adds `by` (default 1; may be negative) and resolves to the sum.
   *
   * @throws CacheError `out_of_range` when the sum would leave ±(2^53 - 1); nothing is counted.
   */
  async increment(name: string, by = 1): Promise<number> {
    return this.#store.incrementBy(keyOf(name), by);
  }

  /** 0 for a counter nobody incremented. */
  async read(name: string): Promise<number> {
    return integer((await this.#store.get(keyOf(name))) ?? 0);
  }

  /** Back to 0. True when it had been incremented. */
  async reset(name: string): Promise<boolean> {
    return this.#store.delete(keyOf(name));
  }
}

function keyOf(name: string): string {
  return taggedKey('counter', checkName('name', name));
}
