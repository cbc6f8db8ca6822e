/** What is held, and its place in the queue from the newest to the oldest. */
interface Held<T> {
  readonly key: string;
  readonly value: T;
  readonly sizeBytes: number;
  isVisited: boolean;
  newer: Held<T> | undefined;
  older: Held<T> | undefined;
}

export interface SieveOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * A bounded map that evicts by SIEVE (Zhang et al., "SIEVE is simpler than LRU", NSDI 2024): a hand moves from
 * the oldest entry to the newest and takes the first that was not read since it came by last. A hit only sets a
 * flag, which is what makes it cheaper than any list that is put in order by use, and it keeps more of what is
 * read again.
 */
export class Sieve<T> {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #held = new Map<string, Held<T>>();
  #newest: Held<T> | undefined;
  #oldest: Held<T> | undefined;
  #hand: Held<T> | undefined;
  #sizeBytes = 0;

  constructor({ maxEntries, maxBytes }: SieveOptions) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#held.size;
  }

  keys(): IterableIterator<string> {
    return this.#held.keys();
  }

  /** What is held under the key, without counting as a read. */
  peek(key: string): T | undefined {
    return this.#held.get(key)?.value;
  }

  get(key: string): T | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    held.isVisited = true;
    return held.value;
  }

  /** Keeps the value, and evicts others for it. What is larger than everything together is not kept. */
  set(key: string, value: T, sizeBytes: number): void {
    this.delete(key);
    if (sizeBytes > this.#maxBytes) return;
    while (this.#held.size >= this.#maxEntries || this.#sizeBytes + sizeBytes > this.#maxBytes) this.#evict();
    const held: Held<T> = {
      key,
      value,
      sizeBytes,
      isVisited: false,
      newer: undefined,
      older: this.#newest,
    };
    if (this.#newest === undefined) this.#oldest = held;
    else this.#newest.newer = held;
    this.#newest = held;
    this.#held.set(key, held);
    this.#sizeBytes += sizeBytes;
  }

  delete(key: string): void {
    const held = this.#held.get(key);
    if (held !== undefined) this.#remove(held);
  }

  clear(): void {
    this.#held.clear();
    this.#newest = this.#oldest = this.#hand = undefined;
    this.#sizeBytes = 0;
  }

  #evict(): void {
    let candidate = this.#hand ?? this.#oldest;
    while (candidate?.isVisited === true) {
      candidate.isVisited = false;
      candidate = candidate.newer ?? this.#oldest;
    }
    if (candidate === undefined) return;
    this.#hand = candidate.newer;
    this.#remove(candidate);
  }

  #remove(held: Held<T>): void {
    const { key, newer, older, sizeBytes } = held;
    if (this.#hand === held) this.#hand = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    this.#held.delete(key);
    this.#sizeBytes -= sizeBytes;
  }
}
