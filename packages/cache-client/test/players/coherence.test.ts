import type { Rng } from '@hanok/service-kit';
import { seededRng, startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore, openStore, PlayerCache, type CacheStore } from '../../src/index.ts';
import { dawdle, DelayedStore } from '../support/delayed-store.ts';
import { ready } from '../support/ready.ts';
import { checkCoherence, type CoherenceRun, type ReadThrough } from './coherence-checker.ts';
import { naiveCacheAside } from './naive-cache-aside.ts';

/** Cache-aside with leases, but with the single-flight that everyone writes. */
function carelessSingleFlight(cache: PlayerCache<{ version: number }>): ReadThrough {
  const flights = new Map<string, Promise<{ version: number } | undefined>>();
  return {
    read(playerId) {
      const joined = flights.get(playerId);
      if (joined !== undefined) return joined;
      const flight = cache.read(playerId).finally(() => flights.delete(playerId));
      flights.set(playerId, flight);
      return flight;
    },
    invalidate: (playerId) => cache.invalidate(playerId),
  };
}

/** A near cache that is told of invalidations, but not waited for: client tracking, or any bus. */
function unconfirmedNear(
  cache: PlayerCache<{ version: number }>,
  others: Map<string, unknown>[],
  rng: Rng,
): ReadThrough {
  const near = new Map<string, { version: number } | undefined>();
  others.push(near);
  return {
    async read(playerId) {
      if (near.has(playerId)) return near.get(playerId);
      const player = await cache.read(playerId);
      near.set(playerId, player);
      return player;
    },
    async invalidate(playerId) {
      await cache.invalidate(playerId);
      for (const other of others) void dawdle(rng).then(() => other.delete(playerId));
    },
  };
}

const size = { processes: 4, readsEach: 2_000, players: 5 };

describe('the player cache serves nothing older than an acknowledged invalidation', () => {
  it.each([1, 2, 3])('in memory, several processes, delays everywhere (seed %i)', async (seed) => {
    const rng = seededRng(seed);
    const store = new MemoryStore();
    const report = await checkCoherence({
      ...size,
      rng,
      open: (load) => new PlayerCache(new DelayedStore(store, rng), { load, rng, leaseMs: 200 }),
    });
    expect(report.reads).toBeGreaterThan(5_000);
    expect(report.writes).toBeGreaterThan(500);
    expect(report.loads).toBeLessThan(report.reads);
    expect(report.stale).toBe(0);
  });

  it('with a lease so short that it ends during loads', async () => {
    const rng = seededRng(4);
    const store = new MemoryStore();
    const open: CoherenceRun['open'] = (load) =>
      new PlayerCache(new DelayedStore(store, rng), { load, rng, leaseMs: 1 });
    expect((await checkCoherence({ ...size, rng, open })).stale).toBe(0);
  });

  it.each([1, 2, 3])('with a near cache in each process (seed %i)', async (seed) => {
    const rng = seededRng(seed);
    const store = new MemoryStore();
    const caches: PlayerCache<{ version: number }>[] = [];
    const open: CoherenceRun['open'] = (load) => {
      const cache = new PlayerCache(new DelayedStore(store, rng), { load, rng, leaseMs: 200, near: {} });
      caches.push(cache);
      return cache;
    };
    const report = await checkCoherence({ ...size, rng, open });
    const { nearHits, hits } = caches[0]?.stats ?? { nearHits: 0, hits: 0 };
    for (const cache of caches) cache.close();
    expect(report.reads).toBeGreaterThan(5_000);
    expect(report.stale).toBe(0);
    expect(nearHits).toBeGreaterThan(hits / 10);
  });

  it('while early refreshes go on all the time', async () => {
    const rng = seededRng(5);
    const store = new MemoryStore();
    const open: CoherenceRun['open'] = (load) =>
      new PlayerCache(new DelayedStore(store, rng), { load, rng, leaseMs: 200, ttlMs: 50, earlyRefresh: 50 });
    expect((await checkCoherence({ ...size, rng, open })).stale).toBe(0);
  });
});

describe('on Redis', () => {
  let redis: TestServer;
  const stores: CacheStore[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await redis.stop();
  });

  it('the same holds, a connection for each process', async () => {
    const rng = seededRng(6);
    const opened = await Promise.all(
      Array.from({ length: size.processes }, () => ready(openStore(redis.url))),
    );
    stores.push(...opened);
    let next = 0;
    const open: CoherenceRun['open'] = (load) => {
      const store = opened[next];
      next += 1;
      if (store === undefined) throw new Error('a store for each process');
      return new PlayerCache(new DelayedStore(store, rng), { load, rng });
    };
    const report = await checkCoherence({ ...size, rng, open });
    expect(report.reads).toBeGreaterThan(5_000);
    expect(report.stale).toBe(0);
  });
});

describe('the checker itself', () => {
  it('catches naive cache-aside', async () => {
    const rng = seededRng(1);
    const store = new MemoryStore();
    const open: CoherenceRun['open'] = (load) => naiveCacheAside(new DelayedStore(store, rng), load);
    expect((await checkCoherence({ ...size, rng, open })).stale).toBeGreaterThan(0);
  });

  it('catches single-flight that hands out what was read before the question', async () => {
    const rng = seededRng(1);
    const store = new MemoryStore();
    const open: CoherenceRun['open'] = (load) =>
      carelessSingleFlight(new PlayerCache(new DelayedStore(store, rng), { load, rng }));
    expect((await checkCoherence({ ...size, rng, open })).stale).toBeGreaterThan(0);
  });

  it('catches near caches that are told, but not waited for', async () => {
    const rng = seededRng(1);
    const store = new MemoryStore();
    const near: Map<string, unknown>[] = [];
    const open: CoherenceRun['open'] = (load) =>
      unconfirmedNear(new PlayerCache(new DelayedStore(store, rng), { load, rng }), near, rng);
    expect((await checkCoherence({ ...size, rng, open })).stale).toBeGreaterThan(0);
  });
});
