import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryStore, PlayerCache } from '@hanok/cache-client';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { Cacheable } from 'cacheable';
import { LRUCache } from 'lru-cache';
import type { Comparison, Contender } from '../harness/compare.ts';

interface Player {
  readonly id: string;
  readonly gold: number;
}

const ids = Array.from({ length: 1_000 }, (_, i) => String(i));
const ttlMs = 3_600_000;
/** Between turns of the event loop, which a process that serves has, and a near cache's lease needs. */
const rounds = 20;
const syncTurns = 30;
const awaitedTurns = 5;

/** Hits of the near cache beside the caches a process would use without one. */
export interface NearHits extends Disposable {
  readonly comparisons: readonly Comparison[];
}

export async function prepareNearHits(): Promise<NearHits> {
  const load = async (id: string): Promise<Player> => ({ id, gold: 5 });
  const near = new PlayerCache(new MemoryStore(), { load, near: { ttlMs } });
  const lru = new LRUCache<string, Player>({ max: 10_000, ttl: ttlMs });
  const exactLru = new LRUCache<string, Player>({ max: 10_000, ttl: ttlMs, ttlResolution: 0 });
  const cacheable = new Cacheable({ ttl: ttlMs });
  const bento = new BentoCache({
    default: 'players',
    stores: { players: bentostore().useL1Layer(memoryDriver({ maxItems: 10_000, serialize: false })) },
  });
  for (const id of ids) {
    lru.set(id, await load(id));
    exactLru.set(id, await load(id));
    await cacheable.set(id, await load(id));
    await bento.set({ key: id, value: await load(id), ttl: ttlMs });
    while (near.peek(id) === undefined) await near.read(id);
  }
  const player = { id: '7', gold: 5 };
  for (const found of [
    near.peek('7')?.value,
    lru.get('7'),
    exactLru.get('7'),
    await cacheable.get('7'),
    await bento.get({ key: '7' }),
  ]) {
    assert.deepEqual(found, player);
  }

  const ours = awaited('@hanok/cache-client', (id) => near.read(id));
  return {
    comparisons: [
      {
        // lru-cache looks at the clock once a turn, unless it is told to be exact; ours does so when it is given the time.
        title: 'near-cache hit, synchronous, one look at the clock a turn',
        unit: 'hits/s',
        peer: immediate('lru-cache with TTL', (id) => lru.get(id)),
        ours: immediate('@hanok/cache-client', (id, begunAtMs) => near.peek(id, begunAtMs)),
        bound: { must: 0.5 },
      },
      {
        title: 'near-cache hit, synchronous, a look at the clock each',
        unit: 'hits/s',
        peer: immediate('lru-cache with TTL, exact', (id) => exactLru.get(id)),
        ours: immediate('@hanok/cache-client', (id) => near.peek(id)),
        bound: { must: 0.5 },
      },
      {
        title: 'near-cache hit, awaited',
        unit: 'hits/s',
        peer: immediate('lru-cache with TTL', (id) => lru.get(id)),
        ours,
        bound: { must: 0.2 },
      },
      {
        title: 'near-cache hit, awaited',
        unit: 'hits/s',
        peer: awaited('bentocache', (id) => bento.get({ key: id })),
        ours,
        bound: { must: 5 },
      },
      {
        title: 'near-cache hit, awaited',
        unit: 'hits/s',
        peer: awaited('cacheable', (id) => cacheable.get(id)),
        ours,
        bound: { must: 5 },
      },
    ],
    [Symbol.dispose]: () => near.close(),
  };
}

function immediate(name: string, get: (id: string, begunAtMs: number) => unknown): Contender {
  return {
    name,
    async measure() {
      // The lease of an idle near cache has run out.
      while (get('7', performance.now()) === undefined) await nextTurn();
      let spentMs = 0;
      for (let turn = 0; turn < syncTurns; turn += 1) {
        const begunAtMs = performance.now();
        for (let round = 0; round < rounds; round += 1) {
          for (const id of ids) if (get(id, begunAtMs) === undefined) throw new Error(`${name} missed`);
        }
        spentMs += performance.now() - begunAtMs;
        await nextTurn();
      }
      return (syncTurns * rounds * ids.length) / (spentMs / 1_000);
    },
  };
}

function awaited(name: string, get: (id: string) => Promise<unknown>): Contender {
  return {
    name,
    async measure() {
      let spentMs = 0;
      for (let turn = 0; turn < awaitedTurns; turn += 1) {
        const begunAtMs = performance.now();
        for (let round = 0; round < rounds; round += 1) {
          for (const id of ids) if ((await get(id)) === undefined) throw new Error(`${name} missed`);
        }
        spentMs += performance.now() - begunAtMs;
        await nextTurn();
      }
      return (awaitedTurns * rounds * ids.length) / (spentMs / 1_000);
    },
  };
}
