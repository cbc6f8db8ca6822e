import { CacheError } from '../errors.ts';
import { CacheStore, type DeletionReport, type ShardStatus } from '../store/cache-store.ts';
import type { Operation } from '../store/operation.ts';
import type { SignalListener, SignalSubscription } from '../store/signals.ts';
import { Rendezvous, routingPart } from './rendezvous.ts';

/** One server among several. */
export interface Shard {
  readonly name: string;
  /** Its share of the keys relative to the others. */
  readonly weight: number;
  readonly store: CacheStore;
}

/**
 * Several stores as one: each key lives on exactly one of them. A shard that is away affects its own keys only;
 * they are not moved to others, where they would be found stale when it returns.
 */
export class ShardedStore extends CacheStore {
  readonly #shards: readonly Shard[];
  readonly #rendezvous: Rendezvous;

  /** @throws CacheError `invalid` without shards. */
  constructor(shards: readonly Shard[]) {
    super();
    this.#shards = shards;
    this.#rendezvous = new Rendezvous(shards);
  }

  get connected(): boolean {
    return this.#shards.every(({ store }) => store.connected);
  }

  get lastError(): CacheError | undefined {
    const away = this.#shards.find(({ store }) => !store.connected && store.lastError !== undefined);
    return (away ?? this.#shards.find(({ store }) => store.lastError !== undefined))?.store.lastError;
  }

  status(): readonly ShardStatus[] {
    return this.#shards.flatMap(({ store }) => store.status());
  }

  /** The name of the shard a key lives on. */
  shardOf(key: string): string {
    return this.#shardFor(key).name;
  }

  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    return this.#shardFor(keys[0]).store.run(operation, keys, args);
  }

  override get parts(): readonly CacheStore[] {
    return this.#shards.flatMap(({ store }) => store.parts);
  }

  override partOf(key: string): CacheStore {
    return this.#shardFor(key).store.partOf(key);
  }

  async deleteMatching(pattern: string, tag?: string): Promise<readonly DeletionReport[]> {
    const reports = await Promise.all(this.#shards.map(({ store }) => store.deleteMatching(pattern, tag)));
    return reports.flat();
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    return this.#shardFor(key).store.subscribe(key, listener);
  }

  async close(): Promise<void> {
    await Promise.all(this.#shards.map(({ store }) => store.close()));
  }

  #shardFor(key: string): Shard {
    const shard = this.#shards[this.#rendezvous.indexOf(routingPart(key))];
    if (shard === undefined) throw new CacheError('invalid', 'at least one shard is needed');
    return shard;
  }
}
