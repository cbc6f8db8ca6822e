import { eventually, redisCommand, startRedis, startSentinel, type TestServer } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openCache, type Cache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';
import { SteadyLoad } from '../support/steady-load.ts';

const commandTimeoutMs = 1_000;
/** How long Redis is away or stands still: longer than a command may take, so that this is found out. */
const outageMs = 1_500;
/** The manual promises a second after its return, and twice the timeout for a call: this is for a busy machine. */
const recoveryMs = 10_000;
const longestCallMs = 10_000;
const enough = 100;

const stacks: AsyncDisposableStack[] = [];
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.disposeAsync();
});

async function open(url: string, stack: AsyncDisposableStack): Promise<Cache> {
  const cache = openCache(url, { redis: { commandTimeoutMs } });
  stack.defer(() => cache.close());
  await ready(cache.store);
  return cache;
}

function newStack(): AsyncDisposableStack {
  const stack = new AsyncDisposableStack();
  stacks.push(stack);
  return stack;
}

/** Disturbs a cache under load; `disturb` resolves to the moment from which recovery counts. */
async function disturbUnderLoad(cache: Cache, disturb: () => Promise<number>): Promise<SteadyLoad> {
  const load = new SteadyLoad(cache);
  await eventually(() => load.servedSince >= enough, { timeoutMs: 30_000 });
  expect(load.lastFailureAtMs).toBe(0);
  const backAtMs = await disturb();
  load.countAnew();
  await eventually(() => load.servedSince >= enough, { timeoutMs: 30_000 });
  await load.stop();
  expect(load.lastFailureAtMs - backAtMs).toBeLessThan(recoveryMs);
  expect(load.longestMs).toBeLessThan(longestCallMs);
  for (const { defects } of Object.values(load.tallies)) expect(defects).toEqual([]);
  // Players come from the database meanwhile.
  expect(load.tallies['player read'].failed).toBe(0);
  return load;
}

/** What was acknowledged was counted once; what failed was counted once or not at all. */
async function expectExactCount(cache: Cache, { tallies }: SteadyLoad): Promise<void> {
  const { served, failed } = tallies['counter incremented'];
  const counted = await cache.counters.read('played');
  expect(counted).toBeGreaterThanOrEqual(served);
  expect(counted).toBeLessThanOrEqual(served + failed);
}

describe('the error budget under load, when Redis', () => {
  it.each<[string, (redis: TestServer) => Promise<void>]>([
    [
      'is killed and comes back',
      async (redis) => {
        await redis.kill();
        await sleep(outageMs);
        await redis.restart();
      },
    ],
    [
      'stands still and goes on',
      async (redis) => {
        redis.pause();
        await sleep(outageMs);
        redis.resume();
      },
    ],
  ])('%s', async (_, disturb) => {
    const stack = newStack();
    const redis = stack.use(await startRedis({ dedicated: true }));
    const cache = await open(redis.url, stack);
    const load = await disturbUnderLoad(cache, async () => {
      await disturb(redis);
      return performance.now();
    });
    expect(load.tallies['session validated'].failed).toBeGreaterThan(0);
    expect(load.sessionsLost).toBe(0);
    await expectExactCount(cache, load);
  });

  it('is emptied: nothing fails, sessions are over and counters begin anew', async () => {
    const stack = newStack();
    const redis = stack.use(await startRedis({ dedicated: true }));
    const cache = await open(redis.url, stack);
    const load = await disturbUnderLoad(cache, async () => {
      await redisCommand(redis.url, ['FLUSHALL']);
      return performance.now();
    });
    expect(load.lastFailureAtMs).toBe(0);
    expect(load.sessionsLost).toBeGreaterThan(0);
    expect(await cache.counters.read('played')).toBeLessThan(load.tallies['counter incremented'].served);
  });

  it('is replaced by its replica', async () => {
    const stack = newStack();
    const primary = stack.use(await startRedis({ dedicated: true }));
    const replica = stack.use(await startRedis({ replicaOf: primary }));
    const sentinels = await Promise.all(
      Array.from({ length: 3 }, async () =>
        stack.use(await startSentinel({ primary, primaryName: 'game', quorum: 2 })),
      ),
    );
    for (const sentinel of sentinels) await eventually(() => isComplete(sentinel), { timeoutMs: 30_000 });
    const addresses = sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
    const cache = await open(`redis-sentinel://${addresses}/game`, stack);
    const load = await disturbUnderLoad(cache, async () => {
      await primary.kill();
      await eventually(async () => String(await redisCommand(replica.url, ['ROLE'])).startsWith('master'), {
        timeoutMs: 30_000,
      });
      return performance.now();
    });
    expect(load.tallies['score submitted'].failed).toBeGreaterThan(0);
  }, 90_000);
});

/** Whether a Sentinel knows the replica and the other two, and so could replace the primary. */
async function isComplete(sentinel: TestServer): Promise<boolean> {
  return String(await redisCommand(sentinel.url, ['INFO', 'sentinel'])).includes('slaves=1,sentinels=3');
}
