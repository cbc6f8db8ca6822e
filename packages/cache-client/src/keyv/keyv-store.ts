import { EventEmitter } from 'node:events';
import { createHash } from 'node:crypto';
import type { CacheStore } from '../store/cache-store.ts';

/** Longest part of a key that is kept as it is; the rest is hashed. */
const maxPlainLength = 400;

/**
 * Any store as one for Keyv 5: `new Keyv({ store: new KeyvStore(openStore(url)) })`. Keyv's own serialization is
 * kept; entries lie under `keyv:{namespace}:`, and `clear` reaches those of its namespace only. Iteration is not
 * offered, as Redis Cluster and shards have no cheap one.
 *
 * Errors of the store reach the caller as `CacheError`.
 */
export class KeyvStore extends EventEmitter {
  /** Keyv looks here for options; there are none. */
  readonly opts: Record<string, unknown> = {};
  /** Set by Keyv. */
  namespace: string | undefined;
  readonly #store: CacheStore;

  constructor(store: CacheStore) {
    super();
    this.#store = store;
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    // Keyv stores what its serializer made, which it declares to be its stored data.
    return (await this.#store.get(this.#keyOf(key))) as Value | undefined;
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    return Promise.all(keys.map((key) => this.get<Value>(key)));
  }

  /** `ttl` in milliseconds. @throws TypeError for what is no string: Keyv's serializer makes one of everything */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    if (typeof value !== 'string') throw new TypeError('KeyvStore keeps strings: leave Keyv its serializer');
    if (ttl !== undefined && ttl < 1) return this.delete(key);
    await this.#store.set(this.#keyOf(key), value, ttl === undefined ? {} : { ttlMs: Math.ceil(ttl) });
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.#store.delete(this.#keyOf(key));
  }

  /** True when one of them was there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const deleted = await Promise.all(keys.map((key) => this.delete(key)));
    return deleted.includes(true);
  }

  async has(key: string): Promise<boolean> {
    return this.#store.exists(this.#keyOf(key));
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.has(key)));
  }

  /** @throws CacheError of the first server that could not be reached */
  async clear(): Promise<void> {
    for (const { error } of await this.#store.deleteMatching(`${this.#prefix}*`)) {
      if (error !== undefined) throw error;
    }
  }

  async disconnect(): Promise<void> {
    await this.#store.close();
  }

  /** Encoded, so that no namespace reads as a pattern or as another's prefix. */
  get #prefix(): string {
    return `keyv:${Buffer.from(this.namespace ?? '').toString('base64url')}:`;
  }

  #keyOf(key: string): string {
    if (key.length <= maxPlainLength) return this.#prefix + key;
    return `${this.#prefix}#${createHash('sha256').update(key).digest('base64url')}`;
  }
}
