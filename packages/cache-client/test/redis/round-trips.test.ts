import { startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCache, type Cache } from '../../src/index.ts';
import { startCountingRelay, type CountingRelay } from '../support/counting-relay.ts';
import { ready } from '../support/ready.ts';

const members = 500;

let redis: TestServer;
let relay: CountingRelay;
let cache: Cache;
let sliding: Cache;
let token: string;

beforeAll(async () => {
  redis = await startRedis();
  relay = await startCountingRelay(redis);
  const url = `redis://${relay.host}:${relay.port}`;
  cache = openCache(url);
  sliding = openCache(url, { sessions: { expiry: 'sliding' } });
  for (const { store } of [cache, sliding]) await ready(store);
  ({ token } = await cache.sessions.create('42'));
  const scores = Array.from({ length: members }, (_, i) => ({ playerId: String(i), score: i }));
  await cache.leaderboards.submitMany('weekly', scores);
});
afterAll(async () => {
  for (const each of [cache, sliding]) await each.close();
  await relay[Symbol.asyncDispose]();
  await redis.stop();
});

it.each<[string, number, () => Promise<unknown>]>([
  ['validating a session', 1, () => cache.sessions.validate(token)],
  ['validating a sliding session, which moves its end', 1, () => sliding.sessions.validate(token)],
  ['the players around one', 1, () => cache.leaderboards.around('weekly', '42')],
  ['a rank', 1, () => cache.leaderboards.rank('weekly', '42')],
  ['submitting a score', 1, () => cache.leaderboards.submit('weekly', '42', 43)],
  ['publishing a message', 1, () => cache.chat.publish('world', '42', 'hello')],
  ['incrementing a counter', 1, () => cache.counters.increment('matches')],
  [
    'two commands, one after the other',
    2,
    async () => [await cache.store.get('a'), await cache.store.get('b')],
  ],
])('%s: %d round trip(s)', async (_, roundTrips, call) => {
  // Scripts are sent once, when the server turns out not to know them.
  const before = await call();
  const countedBefore = relay.roundTrips;
  const after = await call();
  expect(relay.roundTrips - countedBefore).toBe(roundTrips);
  expect(typeof after).toBe(typeof before);
});
