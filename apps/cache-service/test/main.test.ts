import { openCache, openStore } from '@hanok/cache-client';
import { describeCacheStore } from '@hanok/cache-client/contract-suite';
import { eventually, freePort, startProcess, startRedis, temporaryFolder } from '@hanok/testkit';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

async function startService(env: Record<string, string> = {}) {
  const port = await freePort();
  const child = await startProcess({
    args: [main],
    env: { PORT: String(port), LOG_LEVEL: 'warn', ...env },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  return { child, url: `http://127.0.0.1:${port}` };
}

describe('the process', () => {
  const service = startService();
  afterAll(async () => (await service).child[Symbol.asyncDispose]());

  describeCacheStore('a real cache-service', async () => openStore((await service).url));

  it('is one cache for all who open it', async () => {
    const { url } = await service;
    const [here, there] = [openCache(url), openCache(url)];
    const { token } = await here.sessions.create('42');
    expect(await there.sessions.validate(token)).toMatchObject({ playerId: '42' });
    await here.leaderboards.submit('b', '42', 5);
    expect(await there.leaderboards.top('b')).toEqual([{ playerId: '42', score: 5, rank: 1 }]);
    await here.chat.publish('world', '42', 'hello');
    expect((await there.chat.read('world')).messages).toHaveLength(1);
    let gold = 5;
    const load = async (): Promise<{ gold: number }> => ({ gold });
    const [mine, theirs] = [here.players({ load }), there.players({ load })];
    expect(await mine.read('42')).toEqual({ gold: 5 });
    gold = 0;
    expect(await theirs.invalidate('42')).toBe('acknowledged');
    expect(await mine.read('42')).toEqual({ gold: 0 });
    await Promise.all([here.close(), there.close()]);
  });

  it('ends in order on SIGTERM', async () => {
    const { child } = await startService();
    child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});

it('with DATA_DIR has every acknowledged change again after kill -9', async () => {
  await using data = temporaryFolder();
  const first = await startService({ DATA_DIR: data.path });
  const before = openCache(first.url);
  const { token } = await before.sessions.create('42');
  const ended = await before.sessions.create('42');
  await before.sessions.revoke(ended.token);
  await before.leaderboards.submit('b', '42', 5);
  const counting = Array.from({ length: 200 }, () =>
    before.counters.increment('c').then(
      () => 1,
      () => 0,
    ),
  );
  await before.counters.increment('c');
  first.child.kill('SIGKILL');
  const counted = (await Promise.all(counting)).reduce<number>((sum, one) => sum + one, 1);
  await before.close();
  await first.child.exited;

  const second = await startService({ DATA_DIR: data.path });
  const after = openCache(second.url);
  expect(await after.sessions.validate(token)).toMatchObject({ playerId: '42' });
  expect(await after.sessions.validate(ended.token)).toBeUndefined();
  expect(await after.leaderboards.top('b')).toEqual([{ playerId: '42', score: 5, rank: 1 }]);
  expect(await after.counters.read('c')).toBeGreaterThanOrEqual(counted);
  await after.close();
  await expect(startService({ DATA_DIR: data.path })).rejects.toThrow('is in use by the process');
  second.child.kill('SIGTERM');
  expect(await second.child.exited).toEqual({ code: 0, signal: null });
});

it('answers 503 while its journal cannot be written, and goes on when it can', async () => {
  await using data = temporaryFolder();
  const port = await freePort();
  // No file may grow beyond 32 kB: as on a full disk, until the journal begins its next file.
  await using _child = await startProcess({
    command: 'sh',
    args: ['-c', 'ulimit -f 64 && exec "$0" "$1"', process.execPath, main],
    env: { PORT: String(port), LOG_LEVEL: 'silent', DATA_DIR: data.path },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  const cache = openCache(`http://127.0.0.1:${port}`);
  const fill = async (): Promise<void> => {
    for (let i = 0; i < 1_000; i += 1) await cache.counters.increment('c');
  };
  await expect(fill()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  const counted = await cache.counters.read('c');
  expect(counted).toBeGreaterThan(20);
  await eventually(() => cache.counters.increment('c'));
  expect(await cache.counters.read('c')).toBeGreaterThan(counted);
  await cache.close();
});

it('keeps nothing itself with Redis: what one process wrote, another reads', async () => {
  await using redis = await startRedis({ dedicated: true });
  const first = await startService({ CACHE_URL: redis.url });
  const writer = openCache(first.url);
  const { token } = await writer.sessions.create('42');
  await writer.close();
  first.child.kill('SIGKILL');
  await first.child.exited;
  const second = await startService({ CACHE_URL: redis.url });
  const reader = openCache(second.url);
  expect(await reader.sessions.validate(token)).toMatchObject({ playerId: '42' });
  await reader.close();
  await second.child[Symbol.asyncDispose]();
});

it.each([
  ['a bad setting', { CACHE_URL: 'mysql://a' }, 'CACHE_URL'],
  ['a host that needs a token', { HOST: '0.0.0.0' }, 'ADMIN_TOKEN'],
])('ends at once with one sentence for %s', async (_, env, named) => {
  await expect(startService(env)).rejects.toThrow(named);
});
