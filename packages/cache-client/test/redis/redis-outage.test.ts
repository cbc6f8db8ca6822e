import { eventually, redisCommand, startRedis, type TestServer } from '@hanok/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openCache, openStore, RedisStore, type Cache, type CacheStore } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

const servers: TestServer[] = [];
const closers: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const closer of closers.splice(0)) await closer.close();
  for (const server of servers.splice(0)) await server.stop();
});

async function startServer(options: Parameters<typeof startRedis>[0] = {}): Promise<TestServer> {
  const server = await startRedis({ dedicated: true, ...options });
  servers.push(server);
  return server;
}

function opened<T extends Cache | CacheStore>(cache: T): T {
  closers.push(cache);
  return cache;
}

/** Fails the test instead of letting it hang; far above what any call may take. */
async function inTime<T>(promise: Promise<T>, whatMs = 5_000): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`no answer within ${whatMs} ms`)), whatMs).unref();
    }),
  ]);
}

const away = expect.objectContaining({ name: 'CacheError', retryable: true }) as unknown;

describe('a Redis that was killed', () => {
  it('fails calls at once, and serves again by itself after its return', async () => {
    const redis = await startServer();
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    await cache.counters.increment('c');

    await redis.kill();
    await eventually(() => expect(cache.connected).toBe(false));
    await expect(inTime(cache.counters.increment('c'), 500)).rejects.toEqual(away);
    await expect(inTime(cache.sessions.create('1'), 500)).rejects.toMatchObject({ code: 'unavailable' });
    expect(cache.lastError).toMatchObject({ retryable: true });

    await redis.restart();
    await eventually(() => cache.counters.read('c'), { timeoutMs: 2_000 });
    expect(await cache.counters.read('c')).toBe(1);
  });

  it('ends every call that was under way when it was killed', async () => {
    const redis = await startServer();
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    const calls = Array.from({ length: 500 }, () =>
      cache.counters.increment('c').catch((error: unknown) => error),
    );
    await redis.kill();
    const results = await inTime(Promise.all(calls));
    const failures = results.filter((result) => typeof result !== 'number');
    expect(failures).toEqual(failures.map(() => away));
  });

  it('does not carry out later what failed before', async () => {
    const redis = await startServer();
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    await redis.kill();
    await eventually(() => expect(cache.connected).toBe(false));
    await Promise.allSettled(Array.from({ length: 50 }, () => cache.counters.increment('c')));
    await redis.restart();
    await ready(cache.store);
    expect(await cache.counters.read('c')).toBe(0);
  });

  it('lets players be read from the source, in bounded number', async () => {
    const redis = await startServer();
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    let running = 0;
    let most = 0;
    const players = cache.players<{ id: string }>({
      maxConcurrentLoads: 8,
      maxWaitingLoads: 100,
      load: async (id) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return { id };
      },
    });
    await redis.kill();
    await eventually(() => expect(cache.connected).toBe(false));
    const results = await Promise.allSettled(Array.from({ length: 150 }, (_, i) => players.read(`p${i}`)));
    expect(most).toBe(8);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(108);
    const refusals = results.filter(({ status }) => status === 'rejected');
    expect(refusals).toMatchObject(refusals.map(() => ({ reason: { code: 'overloaded' } })));
    expect(players.stats.fallbacks).toBe(150);
  });

  it('delivers an invalidation when it is back, and is not trusted with that player before', async () => {
    const redis = await startServer();
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    let gold = 100;
    const load = vi.fn<() => Promise<{ gold: number }>>(async () => ({ gold }));
    const players = cache.players({ load });
    expect(await players.read('1')).toEqual({ gold: 100 });

    await redis.kill();
    await eventually(() => expect(cache.connected).toBe(false));
    gold = 0;
    expect(await players.invalidate('1')).toBe('pending');
    expect(await players.read('1')).toEqual({ gold: 0 });
    await redis.restart();
    await ready(cache.store);
    expect(await players.read('1')).toEqual({ gold: 0 });
    await eventually(() => expect(players.stats.pendingInvalidations).toBe(0));
    const another = cache.players({ load });
    expect(await another.read('1')).toEqual({ gold: 0 });
  });
});

describe('a Redis that does not answer', () => {
  it('is given up after the timeout, fails calls at once, and serves again when it goes on', async () => {
    const redis = await startServer();
    const store = opened(new RedisStore(redis, { commandTimeoutMs: 200 }));
    await ready(store);
    await store.set('k', 'v');
    redis.pause();
    const first = await inTime(store.get('k').catch((error: unknown) => error));
    expect(first).toEqual(away);
    await eventually(() => expect(store.connected).toBe(false));
    await expect(inTime(store.get('k'), 500)).rejects.toMatchObject({ code: 'unavailable' });
    redis.resume();
    expect(await eventually(() => store.get('k'), { timeoutMs: 3_000 })).toBe('v');
  });

  it('has a bounded number of calls waiting for it', async () => {
    const redis = await startServer();
    const store = opened(new RedisStore(redis, { commandTimeoutMs: 300, maxInFlight: 100 }));
    await ready(store);
    redis.pause();
    const results = await inTime(Promise.allSettled(Array.from({ length: 150 }, () => store.get('k'))));
    const codes = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : '',
    );
    expect(codes.filter((code) => code === 'overloaded')).toHaveLength(50);
    expect(codes).not.toContain('');
    redis.resume();
    await eventually(() => store.get('k'));
    expect(store.connected).toBe(true);
  });
});

describe('a Redis in trouble', () => {
  it('may forget its scripts at any time', async () => {
    const redis = await startServer();
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    await cache.leaderboards.submit('b', '1', 5);
    await redisCommand(redis.url, ['SCRIPT', 'FLUSH']);
    const ranks = await Promise.all(
      Array.from({ length: 20 }, (_, i) => cache.leaderboards.submit('b', `p${i}`, i)),
    );
    expect(ranks).toHaveLength(20);
    expect(await cache.leaderboards.describe('b')).toMatchObject({ total: 21 });
  });

  it('may come back empty', async () => {
    const redis = await startServer({ persistence: 'none' });
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    const { token } = await cache.sessions.create('1');
    await redis.restart();
    await eventually(async () => expect(await cache.sessions.validate(token)).toBeUndefined());
    expect(await cache.leaderboards.submit('b', '1', 5)).toMatchObject({ rank: 1 });
  });

  it('says so when it is full, keeps serving reads and counts nothing twice', async () => {
    const redis = await startServer({ config: ['maxmemory 2mb', 'maxmemory-policy noeviction'] });
    const store = opened(openStore(redis.url));
    await ready(store);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 200; i += 1) await store.set(`k${i}`, 'x'.repeat(50_000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'out_of_memory', retryable: true });
    await expect(store.incrementBy('c', 1)).rejects.toMatchObject({ code: 'out_of_memory' });
    expect(await store.get('k0')).toHaveLength(50_000);
    for (const report of await store.deleteMatching('k*')) expect(report.ok).toBe(true);
    expect(await store.incrementBy('c', 1)).toBe(1);
  });

  it('evicts copies before boards with volatile-lru', async () => {
    const redis = await startServer({ config: ['maxmemory 3mb', 'maxmemory-policy volatile-lru'] });
    const cache = opened(openCache(redis.url));
    await ready(cache.store);
    await cache.leaderboards.submit('b', '1', 5);
    for (let i = 0; i < 200; i += 1) await cache.playerEntries.put(`p${i}`, { data: 'x'.repeat(50_000) });
    expect(await cache.playerEntries.read('p0')).toBeUndefined();
    expect(await cache.playerEntries.read('p199')).toBeDefined();
    expect(await cache.leaderboards.rank('b', '1')).toMatchObject({ rank: 1 });
  });

  it('refuses a wrong password with a clear error, and nothing hangs', async () => {
    const redis = await startServer({ password: 'right' });
    const store = opened(openStore(redis.url.replace(':right@', ':wrong@')));
    await eventually(() => expect(store.lastError?.code).toBe('denied'));
    await expect(inTime(store.get('k'), 500)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await (await ready(opened(openStore(redis.url)))).get('k')).toBeUndefined();
  });

  it('that is a read-only replica refuses writes with read_only', async () => {
    const primary = await startServer();
    const replica = await startServer({ replicaOf: primary });
    const store = opened(openStore(replica.url));
    await ready(store);
    await expect(store.set('k', 'v')).rejects.toMatchObject({ code: 'read_only', retryable: true });
  });

  it('that is not there yet is reached once it is', async () => {
    const redis = await startServer();
    await redis.kill();
    const store = opened(openStore(redis.url));
    await eventually(() => expect(store.lastError?.code).toBe('unavailable'));
    await expect(inTime(store.get('k'), 500)).rejects.toMatchObject({ code: 'unavailable' });
    await redis.restart();
    await eventually(() => store.set('k', 'v'));
  });
});
