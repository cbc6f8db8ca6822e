import type { Kind } from './keyspace.ts';
import { PagedList } from './paged-list.ts';
import { RecencyQueue } from './recency-queue.ts';

/** What a key holds. */
export interface Entry {
  readonly kind: Kind<unknown>;
  readonly value: unknown;
  /** On the monotonic clock; Infinity for keys that stay. */
  readonly expiresAtMs: number;
  readonly sizeBytes: number;
}

/**
 * How many maps share the keys. One map of a million keys stands still for a tenth of a second when it grows, since it
 * moves all of them at once; a part of it does for a 64th of that.
 */
const parts = 64;

const columnOf = <T>(): PagedList<T | undefined> =>
  new PagedList((length) => Array.from<T | undefined>({ length }));
const columnOfNumbers = (): PagedList<number> => new PagedList((length) => new Float64Array(length));

/**
 * Keys and what they hold, and those that expire in the order of their use, which is reading and setting.
 *
 * An entry is a slot in columns, and no object with links to its neighbours: of a million entries the garbage collector
 * has to visit and to move the keys and the values, and nothing else. Slots are used again and not given back: the table
 * stays as large as it has been (48 bytes an entry).
 */
export class EntryTable {
  readonly #slots = Array.from({ length: parts }, () => new Map<string, number>());
  readonly #keys = columnOf<string>();
  readonly #kinds = columnOf<Kind<unknown>>();
  readonly #values = columnOf<unknown>();
  readonly #expiresAtMs = columnOfNumbers();
  readonly #sizesBytes = columnOfNumbers();
  readonly #expiring = new RecencyQueue();
  readonly #freeSlots: number[] = [];
  #slotCount = 0;

  get size(): number {
    return this.#slotCount - this.#freeSlots.length;
  }

  /** Keys that stay. */
  get lastingSize(): number {
    return this.size - this.#expiring.size;
  }

  get(key: string): Entry | undefined {
    const slot = this.#slotsOf(key).get(key);
    if (slot === undefined) return undefined;
    if (this.#expires(slot)) this.#expiring.touch(slot);
    return this.#entryAt(slot);
  }

  /** What the key holds, without counting as a use. */
  peek(key: string): Entry | undefined {
    const slot = this.#slotsOf(key).get(key);
    return slot === undefined ? undefined : this.#entryAt(slot);
  }

  /** Replaces what was there. */
  set(key: string, entry: Entry): Entry | undefined {
    const slots = this.#slotsOf(key);
    const known = slots.get(key);
    const replaced = known === undefined ? undefined : this.#entryAt(known);
    const slot = known ?? this.#takeSlot();
    if (known === undefined) {
      slots.set(key, slot);
      this.#keys.put(slot, key);
    } else if (this.#expires(slot)) {
      this.#expiring.leave(slot);
    }
    this.#kinds.put(slot, entry.kind);
    this.#values.put(slot, entry.value);
    this.#expiresAtMs.put(slot, entry.expiresAtMs);
    this.#sizesBytes.put(slot, entry.sizeBytes);
    if (this.#expires(slot)) this.#expiring.enter(slot);
    return replaced;
  }

  /** What was there. */
  delete(key: string): Entry | undefined {
    const slots = this.#slotsOf(key);
    const slot = slots.get(key);
    if (slot === undefined) return undefined;
    const deleted = this.#entryAt(slot);
    slots.delete(key);
    if (this.#expires(slot)) this.#expiring.leave(slot);
    this.#keys.put(slot, undefined);
    this.#values.put(slot, undefined);
    this.#freeSlots.push(slot);
    return deleted;
  }

  /** Takes out what expires and was used least recently. */
  evict(): { readonly key: string; readonly entry: Entry } | undefined {
    const { oldest } = this.#expiring;
    const key = oldest === undefined ? undefined : this.#keys.at(oldest);
    const entry = key === undefined ? undefined : this.delete(key);
    return key === undefined || entry === undefined ? undefined : { key, entry };
  }

  /** In no order; what changes meanwhile may or may not be among them. */
  *entries(): Generator<readonly [string, Entry]> {
    for (const slots of this.#slots) {
      for (const [key, slot] of slots) {
        const entry = this.#entryAt(slot);
        if (entry !== undefined) yield [key, entry];
      }
    }
  }

  #expires(slot: number): boolean {
    return this.#expiresAtMs.at(slot) !== Infinity;
  }

  #entryAt(slot: number): Entry | undefined {
    const kind = this.#kinds.at(slot);
    const expiresAtMs = this.#expiresAtMs.at(slot);
    const sizeBytes = this.#sizesBytes.at(slot);
    if (kind === undefined || expiresAtMs === undefined || sizeBytes === undefined) return undefined;
    return { kind, value: this.#values.at(slot), expiresAtMs, sizeBytes };
  }

  #takeSlot(): number {
    const free = this.#freeSlots.pop();
    if (free !== undefined) return free;
    this.#slotCount += 1;
    return this.#slotCount - 1;
  }

  /** By FNV-1a over the last characters, in which keys differ most. */
  #slotsOf(key: string): Map<string, number> {
    let hash = 0x811c9dc5;
    for (let i = Math.max(0, key.length - 8); i < key.length; i += 1) {
      hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    }
    return this.#slots[(hash ^ (hash >>> 15)) & (parts - 1)] ?? new Map<string, number>();
  }
}
