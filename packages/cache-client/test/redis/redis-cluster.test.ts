import { eventually, startRedisCluster, type RedisCluster } from '@hanok/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCache, openStore, type Cache } from '../../src/index.ts';
import { describeCacheStore } from '../contract/cache-store-suite.ts';
import { ready } from '../support/ready.ts';

let cluster: RedisCluster;
let cache: Cache;

beforeAll(async () => {
  cluster = await startRedisCluster();
  cache = openCache(cluster.url, { redis: { keyPrefix: 'features:' } });
  await ready(cache.store);
});

afterAll(async () => {
  await cache.close();
  await cluster[Symbol.asyncDispose]();
});

describeCacheStore('Redis Cluster', () => openStore(cluster.url));

it('carries every feature, each name on one slot', async () => {
  for (const board of ['weekly', 'monthly', 'yearly', 'ever']) {
    await cache.leaderboards.submitMany(board, [
      { playerId: '1', score: 5 },
      { playerId: '2', score: 7 },
    ]);
    expect((await cache.leaderboards.around(board, '1', 1))?.rows.map(({ playerId }) => playerId)).toEqual([
      '2',
      '1',
    ]);
    expect(await cache.leaderboards.clear(board)).toBe(true);
  }
  const { token } = await cache.sessions.create('42');
  expect(await cache.sessions.validate(token)).toMatchObject({ playerId: '42' });
  const texts: string[] = [];
  await cache.chat.follow('world', {
    onMessages: (messages) => texts.push(...messages.map(({ text }) => text)),
  });
  await cache.chat.publish('world', '42', 'hello');
  await eventually(() => expect(texts).toEqual(['hello']));
  const players = cache.players({ load: async () => ({ gold: 5 }) });
  expect(await players.read('1')).toEqual({ gold: 5 });
});

it('invalidates on every primary and reports each', async () => {
  await cache.invalidations.broadcast('player:*');
  for (let i = 0; i < 60; i += 1) await cache.playerEntries.put(String(i), { i });
  const report = await cache.invalidations.broadcast('player:*');
  expect(report).toMatchObject({ complete: true, deleted: 60 });
  expect(report.shards).toHaveLength(3);
});
