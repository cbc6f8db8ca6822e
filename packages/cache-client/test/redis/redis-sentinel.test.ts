import { eventually, startRedis, startSentinel, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCache, openStore } from '../../src/index.ts';
import { describeCacheStore } from '../contract/cache-store-suite.ts';
import { ready } from '../support/ready.ts';
import { retrying } from '../support/retrying.ts';

/** Far above what a failover takes (0.5 s until the primary counts as gone, then a vote), for a busy machine. */
const budgetMs = 45_000;

let primary: TestServer;
let replica: TestServer;
let sentinels: TestServer[];
let url: string;

beforeAll(async () => {
  primary = await startRedis({ dedicated: true });
  replica = await startRedis({ replicaOf: primary });
  sentinels = await Promise.all(
    Array.from({ length: 3 }, () => startSentinel({ primary, primaryName: 'game', quorum: 2 })),
  );
  url = `redis-sentinel://${sentinels.map(({ host, port }) => `${host}:${port}`).join(',')}/game`;
}, 120_000);

afterAll(async () => {
  await Promise.all([...sentinels, primary, replica].map((server) => server.stop()));
});

describeCacheStore('the primary that Sentinels name', () => openStore(url));

it('follows the primary that the Sentinels choose when it is killed', async () => {
  const cache = openCache(url);
  await ready(cache.store);
  const retries = { failedAttempts: 0, longestMs: 0 };
  for (let i = 0; i < 100; i += 1) await cache.counters.increment('c');
  const copy = await ready(openStore(replica.url));
  await eventually(async () => expect(await copy.get('counter:{c}')).toBe('100'));
  await copy.close();

  await primary.kill();
  await eventually(() => expect(cache.connected).toBe(false));
  const players = cache.players({ load: async (id) => ({ id }) });
  expect(await players.read('1')).toEqual({ id: '1' });
  expect(await retrying(() => cache.counters.increment('c'), budgetMs, retries)).toBe(101);
  expect(retries.failedAttempts).toBeGreaterThan(0);
  await cache.close();
}, 120_000);
