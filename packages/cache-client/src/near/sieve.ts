/** What a {@link Sieve} holds: its key, its size, and its place in the queue, which only the sieve changes. */
export interface Sieved {
  readonly key: string;
  readonly sizeBytes: number;
  isVisited: boolean;
  newer: this | undefined;
  older: this | undefined;
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
export class Sieve<Held extends Sieved> {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #held = new Map<string, Held>();
  #newest: Held | undefined;
  #oldest: Held | undefined;
  #hand: Held | undefined;
  #sizeBytes = 0;

  constructor({ maxEntries, maxBytes }: SieveOptions) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#held.size;
  }

  /** All that is held, without counting as a read. */
  values(): IterableIterator<Held> {
    return this.#held.values();
  }

  get(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held?.isVisited === false) held.isVisited = true;
    return held;
  }

  /** Takes the place of what has the same key, and evicts others. What is larger than the bound is not kept. */
  add(held: Held): void {
    const { key, sizeBytes } = held;
    this.delete(key);
    if (sizeBytes > this.#maxBytes) return;
    while (this.#held.size >= this.#maxEntries || this.#sizeBytes + sizeBytes > this.#maxBytes) this.#evict();
    held.older = this.#newest;
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

  #remove(held: Held): void {
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
