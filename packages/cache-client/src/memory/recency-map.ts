/** A key and its value in the order of their use. */
interface Held<T> {
  readonly key: string;
  value: T;
  newer: Held<T> | undefined;
  older: Held<T> | undefined;
}

/**
 * How many maps share the keys. One map of a million keys stands still for a tenth of a second when it grows, since it
 * moves all of them at once; a part of it does for a 64th of that.
 */
const parts = 64;

/** A map that knows what was used least recently. Using is reading and setting. */
export class RecencyMap<T> {
  readonly #parts = Array.from({ length: parts }, () => new Map<string, Held<T>>());
  #newest: Held<T> | undefined;
  #oldest: Held<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    const held = this.#partOf(key).get(key);
    if (held === undefined) return undefined;
    if (held !== this.#newest) {
      this.#unlink(held);
      this.#link(held);
    }
    return held.value;
  }

  set(key: string, value: T): void {
    const part = this.#partOf(key);
    const known = part.get(key);
    if (known !== undefined) {
      known.value = value;
      this.#unlink(known);
      this.#link(known);
      return;
    }
    const held: Held<T> = { key, value, newer: undefined, older: undefined };
    part.set(key, held);
    this.#link(held);
    this.#size += 1;
  }

  /** What was there. */
  delete(key: string): T | undefined {
    const part = this.#partOf(key);
    const held = part.get(key);
    if (held === undefined) return undefined;
    part.delete(key);
    this.#unlink(held);
    this.#size -= 1;
    return held.value;
  }

  /** Takes out what was used least recently. */
  evict(): { readonly key: string; readonly value: T } | undefined {
    const held = this.#oldest;
    if (held !== undefined) this.delete(held.key);
    return held;
  }

  /** In no order; what changes meanwhile may or may not be among them. */
  *entries(): Generator<readonly [string, T]> {
    for (const part of this.#parts) for (const { key, value } of part.values()) yield [key, value];
  }

  /** By FNV-1a over the last characters, in which keys differ most. */
  #partOf(key: string): Map<string, Held<T>> {
    let hash = 0x811c9dc5;
    for (let i = Math.max(0, key.length - 8); i < key.length; i += 1) {
      hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    }
    return this.#parts[(hash ^ (hash >>> 15)) & (parts - 1)] ?? new Map<string, Held<T>>();
  }

  #link(held: Held<T>): void {
    held.older = this.#newest;
    held.newer = undefined;
    if (this.#newest === undefined) this.#oldest = held;
    else this.#newest.newer = held;
    this.#newest = held;
  }

  #unlink({ newer, older }: Held<T>): void {
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
  }
}
