import { LRUCache } from 'lru-cache';
import { CacheError } from '../errors.ts';
import type { RedisStore } from '../redis/redis-store.ts';
import { CacheStore, type DeletionReport, type ShardStatus } from '../store/cache-store.ts';
import type { Operation } from '../store/operation.ts';
import type { SignalListener, SignalSubscription } from '../store/signals.ts';
import { Rendezvous, routingPart } from './rendezvous.ts';
import { isRingChanged, type RingGate } from './ring-gate.ts';

/** One Redis among those of the new and of the old list. */
export interface MovingShard {
  readonly name: string;
  readonly store: RedisStore;
  /** Its share of the keys in each list; undefined where it is not in the list. */
  readonly weight: number | undefined;
  readonly previousWeight: number | undefined;
}

/** Keys remembered as not being on their old owner any more; beyond it, asking again costs a round trip. */
const maxRemembered = 100_000;

/** How often a key's owner may change under one operation: once, and once more when a server came back empty. */
const maxAttempts = 3;

/**
 * Several Redis servers while the list of them changes: each key has an old and a new owner, most of them the same.
 *
 * Before the change begins, a key that will move is used on its old owner, by scripts that look first whether it
 * has begun; so no operation can slip in behind it. From then on it is used on its new owner only, which fetches
 * it first (MIGRATE: the key is on one of the two at every moment, with its TTL). See {@link Resharding}.
 */
export class MovingStore extends CacheStore {
  readonly shards: readonly MovingShard[];
  readonly gate: RingGate;
  readonly #current: Ring;
  readonly #previous: Ring;
  readonly #fetched = new LRUCache<string, true>({ max: maxRemembered });

  constructor(shards: readonly MovingShard[], gate: RingGate) {
    super();
    this.shards = shards;
    this.gate = gate;
    this.#current = new Ring(shards, ({ weight }) => weight);
    this.#previous = new Ring(shards, ({ previousWeight }) => previousWeight);
  }

  get connected(): boolean {
    return this.shards.every(({ store }) => store.connected);
  }

  get lastError(): CacheError | undefined {
    const away = this.shards.find(({ store }) => !store.connected && store.lastError !== undefined);
    return (away ?? this.shards.find(({ store }) => store.lastError !== undefined))?.store.lastError;
  }

  status(): readonly ShardStatus[] {
    return this.shards.flatMap(({ store }) => store.status());
  }

  /** Where a key is used before the change and after it. */
  ownersOf(key: string): { readonly before: MovingShard; readonly after: MovingShard } {
    return { before: this.#previous.ownerOf(key), after: this.#current.ownerOf(key) };
  }

  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    const { before, after } = this.ownersOf(keys[0]);
    if (before === after) return after.store.run(operation, keys, args);
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (this.gate.hasBegun(before.name)) {
        await this.#fetch(before, after, keys);
        return after.store.run(operation, keys, args);
      }
      try {
        return await before.store.runBeforeChange(operation, keys, args);
      } catch (error) {
        if (!isRingChanged(error)) throw error;
        await this.gate.admit(before.name);
      }
    }
    throw new CacheError('unavailable', 'the list of Redis servers is changing');
  }

  /** Both lists' servers, the old owners first: a key that moves meanwhile is found at its new one. */
  async deleteMatching(pattern: string, tag?: string): Promise<readonly DeletionReport[]> {
    const reports: DeletionReport[] = [];
    for (const ring of [this.#previous, this.#current]) {
      const pass = await Promise.all(ring.shards.map(({ store }) => store.deleteMatching(pattern, tag)));
      reports.push(...pass.flat());
    }
    return this.shards.map(({ name }) => {
      const own = reports.filter(({ shard }) => shard === name);
      const deleted = own.reduce((sum, report) => sum + report.deleted, 0);
      return own.find(({ ok }) => !ok) ?? { shard: name, ok: true, deleted };
    });
  }

  override get parts(): readonly CacheStore[] {
    return this.shards.map(({ store }) => store);
  }

  override partOf(key: string): CacheStore {
    const { before, after } = this.ownersOf(key);
    return (this.gate.hasBegun(before.name) ? after : before).store;
  }

  override isSettled(key: string): boolean {
    const { before, after } = this.ownersOf(key);
    return before === after;
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    const { before, after } = this.ownersOf(key);
    const owners = before === after ? [after] : [before, after];
    const subscriptions = owners.map(({ store }) => store.subscribe(key, listener));
    return {
      close() {
        for (const subscription of subscriptions) subscription.close();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.shards.map(({ store }) => store.close()));
  }

  /** Afterwards the old owner has none of the keys, and never will. */
  async #fetch(before: MovingShard, after: MovingShard, keys: readonly string[]): Promise<void> {
    const missing = keys.filter((key) => !this.#fetched.has(key));
    if (missing.length === 0) return;
    await before.store.moveKeys(missing, after.store);
    for (const key of missing) this.#fetched.set(key, true);
  }
}

/** One of the two lists. */
class Ring {
  readonly shards: readonly MovingShard[];
  readonly #rendezvous: Rendezvous;

  constructor(shards: readonly MovingShard[], weightOf: (shard: MovingShard) => number | undefined) {
    const nodes = shards.flatMap((shard) => {
      const weight = weightOf(shard);
      return weight === undefined ? [] : [{ shard, name: shard.name, weight }];
    });
    this.shards = nodes.map(({ shard }) => shard);
    this.#rendezvous = new Rendezvous(nodes);
  }

  ownerOf(key: string): MovingShard {
    const shard = this.shards[this.#rendezvous.indexOf(routingPart(key))];
    if (shard === undefined) throw new CacheError('invalid', 'at least one shard is needed');
    return shard;
  }
}
