import { systemClock, type Clock } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { nearLeaseMs } from '../near/near-link.ts';
import type { MovingShard, MovingStore } from './moving-store.ts';
import { isLocalKey, type RingRecord, type RingState } from './ring.ts';

export interface BeginReshardingOptions {
  /**
   * What to do about processes that know only the old list of servers: `refuse` to begin (the default), or `fence`
   * them off: then their cache is away for them until they are restarted with the new list.
   */
  readonly outdated?: 'refuse' | 'fence';
}

export interface MoveKeysOptions {
  /** Most keys moved in a second, so that the servers have time for others. Default 2,000. */
  readonly keysPerSecond?: number;
  /** Ends the run between two groups of keys; the next run goes on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (movedKeys: number) => void;
}

/** How far the change is on one server. */
export interface ReshardingStatus {
  readonly shard: string;
  /** Undefined when the server cannot be asked. */
  readonly state: RingState | undefined;
  /** Addresses of connections of processes with another list of servers. */
  readonly outdated: readonly string[];
}

/** Keys that are on their way at a time. */
const groupSize = 50;
/** After the outdated ones were cut off: the leases of their near caches are over. */
const lapseMs = nearLeaseMs * 1.2;

/**
 * Changes the list of Redis servers of a running fleet. Every process has been given both lists before
 * (`redis://a,b,c?previous=a,b`); then one runs this, once:
 *
 * 1. `fencing`: processes with the old list alone are turned away, so that nobody is left who would write to the
 *    old owner of a key without looking whether it has moved;
 * 2. `moving`: from here on everybody uses the new owners, and fetches a key from its old one before its first use;
 *    in the background all the others are moved, too;
 * 3. `done`: the old owners have nothing left, and `previous` can be dropped from the URLs.
 *
 * It can be ended and run again at any point, by any process.
 */
export class Resharding {
  readonly #store: MovingStore;
  readonly #clock: Clock;

  constructor(store: MovingStore, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#store = store;
    this.#clock = clock;
  }

  async status(): Promise<readonly ReshardingStatus[]> {
    return Promise.all(
      this.#store.shards.map(async ({ name, store }) => {
        try {
          const record = await this.#store.gate.read(name);
          const outdated = [...(await this.#outdatedOn(store)).values()];
          return { shard: name, state: record?.state, outdated };
        } catch {
          return { shard: name, state: undefined, outdated: [] };
        }
      }),
    );
  }

  /** {@link begin}, then {@link moveKeys}: resolves to how many keys it moved. @throws CacheError as they do */
  async run(options: BeginReshardingOptions & MoveKeysOptions = {}): Promise<number> {
    await this.begin(options);
    return this.moveKeys(options);
  }

  /**
   * Resolves when everybody uses the new list, or is turned away. Takes about a second.
   *
   * @throws CacheError `conflict` when processes with another list are connected, or a new server holds keys
   *   already; `unavailable` and others when a server cannot be reached: begin again.
   */
  async begin({ outdated = 'refuse' }: BeginReshardingOptions = {}): Promise<void> {
    const states = await Promise.all(this.#store.shards.map(({ name }) => this.#recordOf(name)));
    if (!states.some(({ state }) => state === 'moving' || state === 'done')) {
      await this.#assertNewServersEmpty();
      if (outdated === 'refuse') await this.#assertNobodyOutdated();
    }
    // One server may be past what another still has to do, after a run that was cut short.
    await this.#advance('fencing');
    await Promise.all(this.#store.shards.map((shard) => this.#cutOutdated(shard)));
    await this.#clock.sleep(lapseMs);
    await this.#advance('moving');
  }

  /**
   * Moves what nobody used so far, after {@link begin}. Resolves to how many keys it moved, when all are where
   * they belong or `signal` ended it.
   *
   * @throws CacheError when a server cannot be reached; call it again.
   */
  async moveKeys(options: MoveKeysOptions = {}): Promise<number> {
    const moved = await this.#moveAll(options);
    if (options.signal?.aborted !== true) await this.#advance('done');
    return moved;
  }

  async #recordOf(server: string): Promise<RingRecord> {
    const record = await this.#store.gate.read(server);
    if (record === undefined) throw new CacheError('unavailable', `Redis ${server} is not prepared yet`);
    return record;
  }

  /** Brings every server to the state, unless it is there or further. */
  async #advance(to: RingState): Promise<void> {
    const order: readonly RingState[] = ['prepared', 'fencing', 'moving', 'done'];
    await Promise.all(
      this.#store.shards.map(async ({ name }) => {
        await this.#store.gate.admit(name);
        for (;;) {
          const record = await this.#recordOf(name);
          if (order.indexOf(record.state) >= order.indexOf(to)) return;
          if (await this.#store.gate.write(name, record, to)) return;
        }
      }),
    );
  }

  async #assertNewServersEmpty(): Promise<void> {
    for (const { name, store, previousWeight } of this.#store.shards) {
      if (previousWeight !== undefined) continue;
      for await (const page of store.keys()) {
        if (page.every(isLocalKey)) continue;
        throw new CacheError('conflict', `Redis ${name} is new in the list and holds keys already: empty it`);
      }
    }
  }

  async #assertNobodyOutdated(): Promise<void> {
    for (const { name, store } of this.#store.shards) {
      const outdated = await this.#outdatedOn(store);
      if (outdated.size === 0) continue;
      throw new CacheError(
        'conflict',
        `processes with another list of servers are connected to Redis ${name}: ${[...outdated.values()].join(', ')}`,
      );
    }
  }

  async #cutOutdated({ store }: MovingShard): Promise<void> {
    for (const id of (await this.#outdatedOn(store)).keys())
      await store.callRaw(['CLIENT', 'KILL', 'ID', id]);
  }

  /** Connections that use the same keys by another list: ids and addresses. */
  async #outdatedOn(store: MovingShard['store']): Promise<ReadonlyMap<string, string>> {
    const { connectionFamily, connectionName } = this.#store.gate;
    const clients = String(await store.callRaw(['CLIENT', 'LIST'])).split('\n');
    const outdated = clients.flatMap((line) => {
      const [, id = '', address = '', name = ''] = /^id=(\d+) addr=(\S+) .*?\bname=(\S*)/.exec(line) ?? [];
      return name.startsWith(connectionFamily) && name !== connectionName ? [[id, address] as const] : [];
    });
    return new Map(outdated);
  }

  async #moveAll({ keysPerSecond = 2_000, signal, onProgress }: MoveKeysOptions): Promise<number> {
    let moved = 0;
    for (const shard of this.#store.shards) {
      if (shard.previousWeight === undefined) continue;
      for await (const page of shard.store.keys()) {
        const leaving = page.filter((key) => !isLocalKey(key) && this.#store.ownersOf(key).after !== shard);
        for (let at = 0; at < leaving.length; at += groupSize) {
          if (signal?.aborted === true) return moved;
          const group = leaving.slice(at, at + groupSize);
          const startedAtMs = this.#clock.monotonicMs();
          await Promise.all(
            group.map((key) => shard.store.moveKeys([key], this.#store.ownersOf(key).after.store)),
          );
          moved += group.length;
          onProgress?.(moved);
          const dueMs = (group.length / keysPerSecond) * 1_000 - (this.#clock.monotonicMs() - startedAtMs);
          if (dueMs > 0) await this.#clock.sleep(dueMs);
        }
      }
    }
    return moved;
  }
}
