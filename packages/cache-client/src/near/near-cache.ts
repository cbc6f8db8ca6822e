import type { Clock } from '@hanok/service-kit';
import { newToken } from '../fills/entry.ts';
import { tagOfAnnounced } from '../fills/tags.ts';
import { checkName } from '../names.ts';
import { isPattern, patternMatcher } from '../pattern.ts';
import type { CacheStore } from '../store/cache-store.ts';
import { NearLink } from './near-link.ts';
import { Sieve, type Sieved } from './sieve.ts';

export interface NearCacheOptions {
  /** Most entries; those not read lately go first. Default 10,000. */
  readonly maxEntries?: number;
  /** Approximate bytes of keys and encoded values. Default 64 MiB. */
  readonly maxBytes?: number;
  /** How long an entry may be served from here before the store is asked again. Default 60,000. */
  readonly ttlMs?: number;
  /** Begins the name this near cache has in the reports of invalidations. Default `near`. */
  readonly name?: string;
}

/** What an id's key holds, as it was when it was confirmed. The value is shared by all readers. */
export interface NearEntry<T> extends Sieved {
  readonly value: T;
  /** Resolved with the value, for all who await it: a hit makes nothing anew. */
  readonly settled: Promise<T>;
  readonly link: NearLink;
  /** On the monotonic clock. */
  readonly expiresAtMs: number;
  readonly tags: readonly string[];
}

/** What a near cache is given to keep. */
export interface NearValue<T> {
  readonly value: T;
  readonly sizeBytes: number;
  readonly ttlMs: number;
  readonly tags: readonly string[];
}

/** The right to keep what is about to be read, as long as nothing is invalidated meanwhile. */
export interface NearFill {
  current: boolean;
  users: number;
}

/** Counted besides the characters of key and value; measured on Node 24, rounded up. */
const entryOverheadBytes = 250;

/**
 * Copies of store entries in this process, served without a round trip and never after an acknowledged
 * invalidation: see {@link NearLink}.
 */
export class NearCache<T> {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #entries: Sieve<NearEntry<T>>;
  readonly #fills = new Map<string, NearFill>();
  readonly #links = new Map<CacheStore, NearLink>();
  readonly #store: CacheStore;
  readonly #prefix: string;

  /** For the keys that begin with `prefix`; what follows it is the id. */
  constructor(
    store: CacheStore,
    prefix: string,
    clock: Clock,
    { maxEntries = 10_000, maxBytes = 67_108_864, ttlMs = 60_000, name = 'near' }: NearCacheOptions = {},
  ) {
    this.#store = store;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#entries = new Sieve({ maxEntries, maxBytes });
    const uniqueName = `${checkName('near.name', name)}.${newToken()}`;
    for (const part of store.parts) {
      const holder = {
        name: uniqueName,
        drop: (pattern: string) => this.#drop(pattern),
        clear: () => this.#clear(part),
      };
      this.#links.set(part, new NearLink(part, holder, clock));
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * The entry, if it may be served to a read that began at that moment of the monotonic clock, by default now. The
   * clock is most of what a hit costs.
   */
  get(id: string, begunAtMs?: number): NearEntry<T> | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const atMs = begunAtMs ?? this.#clock.monotonicMs();
    return entry.link.serves(atMs) && atMs < entry.expiresAtMs ? entry : undefined;
  }

  /** Call before the store is asked for the id's key, and {@link finish} in any case when it has answered. */
  begin(id: string): NearFill {
    const running = this.#fills.get(id);
    if (running !== undefined) {
      running.users += 1;
      return running;
    }
    const fill = { current: true, users: 1 };
    this.#fills.set(id, fill);
    return fill;
  }

  /** Keeps what the store was found to hold after `begin`, unless it was invalidated since. */
  keep(id: string, fill: NearFill, { value, sizeBytes, ttlMs, tags }: NearValue<T>): void {
    const key = this.#prefix + id;
    const link = this.#links.get(this.#store.partOf(key));
    if (!fill.current || link === undefined || ttlMs <= 0 || !this.#store.isSettled(key)) return;
    link.use();
    this.#entries.add({
      key: id,
      sizeBytes: id.length + sizeBytes + entryOverheadBytes,
      isVisited: false,
      newer: undefined,
      older: undefined,
      value,
      settled: Promise.resolve(value),
      link,
      expiresAtMs: this.#clock.monotonicMs() + Math.min(this.#ttlMs, ttlMs),
      tags,
    });
  }

  finish(id: string, fill: NearFill): void {
    fill.users -= 1;
    if (fill.users === 0 && this.#fills.get(id) === fill) this.#fills.delete(id);
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#entries.clear();
  }

  #drop(pattern: string): void {
    const tag = tagOfAnnounced(pattern);
    if (tag !== undefined) {
      // What is about to be read may turn out to carry it.
      this.#forgetWhere((_, entry) => entry === undefined || entry.tags.includes(tag));
    } else if (isPattern(pattern)) {
      const matches = patternMatcher(pattern);
      this.#forgetWhere(matches);
    } else if (pattern.startsWith(this.#prefix)) {
      this.#forget(pattern.slice(this.#prefix.length));
    }
  }

  #clear(part: CacheStore): void {
    this.#forgetWhere(
      (key, entry) => this.#links.get(part) === entry?.link || this.#store.partOf(key) === part,
    );
  }

  /** `matches` is given the key, and its entry; for fills under way there may be none. */
  #forgetWhere(matches: (key: string, entry: NearEntry<T> | undefined) => boolean): void {
    for (const id of this.#fills.keys()) if (matches(this.#prefix + id, undefined)) this.#forget(id);
    for (const entry of this.#entries.values()) {
      if (matches(this.#prefix + entry.key, entry)) this.#forget(entry.key);
    }
  }

  #forget(id: string): void {
    this.#entries.delete(id);
    const fill = this.#fills.get(id);
    if (fill === undefined) return;
    fill.current = false;
    this.#fills.delete(id);
  }
}
