import { eventually, startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCache, ShardedStore, type Cache, type CacheError } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

let servers: TestServer[];
let cache: Cache;

beforeAll(async () => {
  servers = await Promise.all(Array.from({ length: 3 }, () => startRedis({ dedicated: true })));
  cache = openCache(`redis://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);
  await ready(cache.store);
});

afterAll(async () => {
  await cache.close();
  await Promise.all(servers.map((server) => server.stop()));
});

function shardOf(key: string): string {
  if (!(cache.store instanceof ShardedStore)) throw new Error('three servers make a sharded store');
  return cache.store.shardOf(key);
}

it('keeps all keys of a board on one shard and spreads players over all', async () => {
  const shards = Array.from({ length: 300 }, (_, i) => shardOf(`player:${i}`));
  expect(new Set(shards).size).toBe(3);
  const parts = ['ranking', 'places', 'board'];
  expect(new Set(parts.map((part) => shardOf(`leaderboard:{weekly}:${part}`))).size).toBe(1);
  await cache.leaderboards.submit('weekly', '1', 5);
  expect(await cache.leaderboards.top('weekly')).toHaveLength(1);
});

it('broadcasts an invalidation to all shards and reports each', async () => {
  for (let i = 0; i < 60; i += 1) await cache.playerEntries.put(String(i), { i });
  const report = await cache.invalidations.broadcast('player:*');
  expect(report).toMatchObject({ complete: true, deleted: 60 });
  expect(report.shards).toHaveLength(3);
  for (const shard of report.shards) expect(shard.deleted).toBeGreaterThan(0);
  expect(await cache.playerEntries.read('1')).toBeUndefined();
});

it('loses only the keys of a dead shard, and says which is dead', async () => {
  const dead = servers[1];
  if (dead === undefined) throw new Error('there are three');
  const deadName = `127.0.0.1:${dead.port}`;
  await dead.kill();
  await eventually(() => expect(cache.connected).toBe(false));
  const counters = Array.from({ length: 60 }, (_, i) => `c${i}`);
  const outcomes = await Promise.all(
    counters.map((name) => cache.counters.increment(name).catch((error: CacheError) => error.code)),
  );
  const onDead = counters.map((name) => shardOf(`counter:{${name}}`) === deadName);
  expect(outcomes).toEqual(onDead.map((refused) => (refused ? 'unavailable' : 1)));
  expect(new Set(onDead).size).toBe(2);
  expect(cache.lastError).toBeDefined();

  const report = await cache.invalidations.broadcast('player:*');
  expect(report.complete).toBe(false);
  expect(report.shards.filter(({ ok }) => !ok).map(({ shard }) => shard)).toEqual([deadName]);

  await dead.restart();
  await ready(cache.store);
  for (const name of counters) await cache.counters.increment(name);
});
