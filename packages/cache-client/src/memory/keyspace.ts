import type { Clock } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { SignalListeners } from '../store/signals.ts';
import { EntryTable, type Entry } from './entry-table.ts';

/** A type of value the memory engine can hold, such as a string or a board. */
export interface Kind<T> {
  readonly name: string;
  /** Approximate bytes of the value, in constant time: it is asked after every change. */
  sizeBytes(value: T): number;
  /** The value as JSON, for journals. */
  freeze(value: T): unknown;
  thaw(frozen: unknown): T;
}

/** One key as a journal keeps it. */
export interface FrozenEntry {
  readonly key: string;
  readonly kind: string;
  readonly value: unknown;
  /** Milliseconds left; absent for keys that stay. */
  readonly ttlMs?: number;
}

export interface KeyspaceOptions {
  readonly clock: Clock;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What an entry costs besides its key's and value's characters; measured on Node 24, rounded up. */
const entryOverheadBytes = 160;

/**
 * The memory engine's keys. Keys with a TTL are copies or can be made again, and are evicted least recently
 * used first when room is needed; keys without one (boards, chat, counters) are never evicted. This is the
 * `volatile-lru` policy of Redis, which is what Hanok asks of Redis, too.
 */
export class Keyspace {
  readonly clock: Clock;
  /** Whom operations signal. */
  readonly signals = new SignalListeners();
  /** Other processes use these keys, too, and may have used those of the process before this one. */
  servesOthers = false;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #entries = new EntryTable();
  #sizeBytes = 0;
  #evictions = 0;

  constructor({ clock, maxEntries, maxBytes }: KeyspaceOptions) {
    this.clock = clock;
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** Approximate bytes held. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Keys held, some of which may have expired since they were last looked at. */
  get entryCount(): number {
    return this.#entries.size;
  }

  /** Keys given up for lack of room so far. */
  get evictions(): number {
    return this.#evictions;
  }

  /** @throws CacheError `wrong_type` when the key holds another kind. */
  read<T>(kind: Kind<T>, key: string): T | undefined {
    const entry = this.#live(key);
    if (entry === undefined) return undefined;
    if (entry.kind !== kind) {
      throw new CacheError('wrong_type', `the key holds a ${entry.kind.name}, not a ${kind.name}`);
    }
    return entry.value as T;
  }

  has(key: string): boolean {
    return this.#live(key) !== undefined;
  }

  /** Replaces the key and its TTL; `ttlMs` undefined means it stays. */
  write<T>(kind: Kind<T>, key: string, value: T, ttlMs: number | undefined): void {
    this.#put(kind, key, value, ttlMs === undefined ? Infinity : this.clock.monotonicMs() + ttlMs);
  }

  /** Replaces the value or accounts for a change inside it, and keeps the TTL. */
  update<T>(kind: Kind<T>, key: string, value: T): void {
    this.#put(kind, key, value, this.#live(key)?.expiresAtMs ?? Infinity);
  }

  /** Gives the key a new TTL; false when it is not there. */
  expire(key: string, ttlMs: number): boolean {
    const entry = this.#live(key);
    if (entry === undefined) return false;
    this.#put(entry.kind, key, entry.value, this.clock.monotonicMs() + ttlMs);
    return true;
  }

  /** Milliseconds left, Infinity when it stays, undefined when it is not there. */
  ttlMs(key: string): number | undefined {
    const entry = this.#live(key);
    return entry === undefined ? undefined : entry.expiresAtMs - this.clock.monotonicMs();
  }

  /** True when there was something. */
  remove(key: string): boolean {
    if (this.#live(key) === undefined) return false;
    this.#drop(key);
    return true;
  }

  /** Every key that is alive when its turn comes. */
  *keys(): Generator<string> {
    const now = this.clock.monotonicMs();
    for (const [key, { expiresAtMs }] of this.#entries.entries()) if (expiresAtMs > now) yield key;
  }

  /** A key as it is now, as JSON; undefined when it is not there. Does not count as a use. */
  freeze(key: string): FrozenEntry | undefined {
    const now = this.clock.monotonicMs();
    const entry = this.#entries.peek(key);
    if (entry === undefined || entry.expiresAtMs <= now) return undefined;
    const { kind, value, expiresAtMs } = entry;
    const frozen = { key, kind: kind.name, value: kind.freeze(value) };
    return expiresAtMs === Infinity ? frozen : { ...frozen, ttlMs: Math.ceil(expiresAtMs - now) };
  }

  /**
   * Makes room before an operation that grows.
   *
   * @throws CacheError `out_of_memory` when what is left may not be evicted.
   */
  admit(): void {
    this.#evict();
    if (this.#sizeBytes >= this.#maxBytes || this.#entries.lastingSize >= this.#maxEntries) {
      throw new CacheError('out_of_memory', 'the memory engine is full of keys that must not be evicted');
    }
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAtMs > this.clock.monotonicMs()) return entry;
    this.#drop(key);
    return undefined;
  }

  #put<T>(kind: Kind<T>, key: string, value: T, expiresAtMs: number): void {
    const entry = { kind: kind as Kind<unknown>, value, expiresAtMs, sizeBytes: kind.sizeBytes(value) };
    const replaced = this.#entries.set(key, entry);
    if (replaced !== undefined) this.#sizeBytes -= costOf(key, replaced);
    this.#sizeBytes += costOf(key, entry);
    this.#evict();
  }

  #drop(key: string): void {
    const dropped = this.#entries.delete(key);
    if (dropped !== undefined) this.#sizeBytes -= costOf(key, dropped);
  }

  #evict(): void {
    while (this.#sizeBytes > this.#maxBytes || this.entryCount > this.#maxEntries) {
      const evicted = this.#entries.evict();
      if (evicted === undefined) return;
      this.#sizeBytes -= costOf(evicted.key, evicted.entry);
      this.#evictions += 1;
    }
  }
}

function costOf(key: string, entry: Entry): number {
  return key.length + entry.sizeBytes + entryOverheadBytes;
}
