import { eventually, redisCommand, startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MovingStore, openCache, type Cache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

let servers: TestServer[];
const caches: Cache[] = [];

beforeAll(async () => {
  servers = await Promise.all(Array.from({ length: 3 }, () => startRedis({ dedicated: true })));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});
afterEach(async () => {
  for (const cache of caches.splice(0)) await cache.close();
  for (const { url } of servers) await redisCommand(url, ['FLUSHALL']);
});

const hosts = (count: number): string =>
  servers
    .slice(0, count)
    .map(({ host, port }) => `${host}:${port}`)
    .join(',');
const urls = {
  old: () => `redis://${hosts(2)}`,
  both: () => `redis://${hosts(3)}?previous=${hosts(2)}`,
  new: () => `redis://${hosts(3)}`,
};

async function open(url: string): Promise<Cache> {
  const cache = openCache(url);
  caches.push(cache);
  await ready(cache.store);
  return cache;
}

function reshardingOf({ resharding }: Cache) {
  if (resharding === undefined) throw new Error('a URL with a previous list makes one');
  return resharding;
}

/** Names of counters that will move, and of some that stay. */
function movingNames({ store }: Cache, count = 5): string[] {
  if (!(store instanceof MovingStore)) throw new Error('a URL with a previous list makes one');
  const names = Array.from({ length: 1_000 }, (_, i) => `c${i}`);
  return names
    .filter((name) => {
      const { before, after } = store.ownersOf(`counter:{${name}}`);
      return before !== after;
    })
    .slice(0, count);
}

it('keeps every kind of value, while processes with the old list go on, and after', async () => {
  const before = await open(urls.old());
  for (let i = 0; i < 40; i += 1) {
    await before.counters.increment(`c${i}`, i + 1);
    await before.leaderboards.submit(`b${i}`, '1', i);
    await before.chat.publish(`ch${i}`, '1', `hello ${i}`);
    await before.uniques.add(`u${i}`, ['1', '2']);
    await before.store.pushBack(`l${i}`, 'x');
    await before.playerEntries.put(String(i), { i });
  }
  const tokens = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => (await before.sessions.create(`p${i}`)).token),
  );
  const both = await open(urls.both());
  const [moving = ''] = movingNames(both);
  const value = await both.counters.increment(moving);
  expect(await before.counters.increment(moving)).toBe(value + 1);
  await expect(reshardingOf(both).run()).rejects.toMatchObject({ code: 'conflict' });
  expect(await before.counters.increment(moving)).toBe(value + 2);
  await before.close();
  await eventually(async () =>
    expect((await reshardingOf(both).status()).flatMap(({ outdated }) => outdated)).toEqual([]),
  );

  expect(await reshardingOf(both).run({ keysPerSecond: 100_000 })).toBeGreaterThan(50);
  expect((await reshardingOf(both).status()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  const after = await open(urls.new());
  for (const cache of [both, after]) {
    for (let i = 0; i < 40; i += 1) {
      const bonus = `c${i}` === moving ? 3 : 0;
      expect(await cache.counters.read(`c${i}`)).toBe(i + 1 + bonus);
      expect((await cache.counters.windows(`c${i}`, 'day', 1))[0]?.value).toBe(i + 1 + bonus);
      expect(await cache.leaderboards.rank(`b${i}`, '1')).toMatchObject({ score: i });
      expect((await cache.chat.read(`ch${i}`)).messages).toMatchObject([{ text: `hello ${i}` }]);
      expect(await cache.uniques.count(`u${i}`)).toBe(2);
      expect(await cache.playerEntries.read(String(i))).toMatchObject({ value: { i } });
      expect(await cache.sessions.validate(tokens[i] ?? '')).toMatchObject({ playerId: `p${i}` });
    }
  }
  for (let i = 0; i < 40; i += 1) expect(await after.store.popFront(`l${i}`)).toBe('x');
});

it('moves a key before its first use once it has begun, and only then', async () => {
  const old = await open(urls.old());
  const both = await open(urls.both());
  const [name = '', other = ''] = movingNames(both);
  await both.counters.increment(name, 7);
  await both.counters.increment(other, 7);
  const onNew = async () => String(await redisCommand(servers[2]?.url ?? '', ['DBSIZE']));
  expect(Number(await onNew())).toBe(1);
  const late = await open(urls.both());
  await old.close();

  const stop = new AbortController();
  stop.abort();
  await eventually(() => reshardingOf(both).run({ signal: stop.signal }));
  expect((await reshardingOf(both).status()).map(({ state }) => state)).toEqual(Array(3).fill('moving'));
  // `late` was told nothing: it finds out on the old owner.
  expect(await late.counters.increment(name)).toBe(8);
  expect(await both.counters.increment(name)).toBe(9);
  expect(Number(await onNew())).toBeGreaterThan(1);
  expect(await reshardingOf(late).run()).toBeGreaterThan(0);
  expect(await both.counters.read(other)).toBe(7);
});

it('turns away who knows only the old list, or only the new one too early', async () => {
  const old = await open(urls.old());
  const both = await open(urls.both());
  const [name = ''] = movingNames(both);
  expect(await old.counters.increment(name)).toBe(1);
  const early = openCache(urls.new());
  caches.push(early);
  await eventually(() => expect(early.lastError).toMatchObject({ code: 'denied' }));
  expect(early.connected).toBe(false);

  await reshardingOf(both).run({ outdated: 'fence' });
  await eventually(() => expect(old.lastError).toMatchObject({ code: 'denied' }));
  await expect(old.counters.increment(name)).rejects.toMatchObject({ code: 'unavailable' });
  expect(await both.counters.increment(name)).toBe(2);
  await ready(early.store);
  expect(await early.counters.increment(name)).toBe(3);
});

it('goes back the same way, and on to the next list', async () => {
  const grown = await open(urls.both());
  for (let i = 0; i < 60; i += 1) await grown.counters.increment(`c${i}`);
  await reshardingOf(grown).run();
  await grown.close();
  const shrinking = await open(`redis://${hosts(2)}?previous=${hosts(3)}`);
  expect(await reshardingOf(shrinking).run()).toBeGreaterThan(10);
  await shrinking.close();
  const old = await open(urls.old());
  for (let i = 0; i < 60; i += 1) expect(await old.counters.increment(`c${i}`)).toBe(2);
  expect(await redisCommand(servers[2]?.url ?? '', ['DBSIZE'])).toBe(1);
});

it('does not begin with a new server that holds keys', async () => {
  const both = await open(urls.both());
  await redisCommand(servers[2]?.url ?? '', ['SET', 'hanok:1:counter:{x}', '1']);
  await expect(reshardingOf(both).run()).rejects.toMatchObject({ code: 'conflict' });
});

describe('invalidation while keys move', () => {
  it('by key, tag and pattern reaches copies on old and new owners', async () => {
    const both = await open(urls.both());
    const ids = Array.from({ length: 60 }, (_, i) => String(i));
    const putAll = () => Promise.all(ids.map((id) => both.playerEntries.put(id, { id }, { tags: ['red'] })));
    for (const target of [{ tag: 'red' }, { pattern: 'player:*' }] as const) {
      await putAll();
      expect(await both.invalidations.broadcast(target)).toMatchObject({ complete: true, deleted: 60 });
    }
    await putAll();
    const stop = new AbortController();
    await reshardingOf(both).run({ signal: stop.signal, onProgress: () => stop.abort(), keysPerSecond: 1e6 });
    expect(await both.invalidations.broadcast({ key: 'player:1' })).toMatchObject({ deleted: 1 });
    expect(await both.invalidations.broadcast({ tag: 'red' })).toMatchObject({ complete: true, deleted: 59 });
  });

  it('keeps no near copies of keys that may move', async () => {
    const both = await open(urls.both());
    const { store } = both;
    const settled = Array.from({ length: 50 }, (_, i) => String(i)).map((id) => ({
      id,
      isSettled: store.isSettled(`player:${id}`),
    }));
    const players = both.players({ load: async (id) => ({ id }), near: {} });
    const stays = settled.find(({ isSettled }) => isSettled)?.id ?? '';
    const moves = settled.find(({ isSettled }) => !isSettled)?.id ?? '';
    await expect.poll(async () => (await players.read(stays), players.peek(stays))).toBeDefined();
    await players.read(moves);
    await players.read(moves);
    expect(players.peek(moves)).toBeUndefined();
    expect(players.stats.hits).toBeGreaterThan(0);
  });
});
