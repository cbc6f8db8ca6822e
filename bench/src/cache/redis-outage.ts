import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { eventually, redisCommand, startRedis, startSentinel, type TestServer } from '@hanok/testkit';
import type { Figure } from '../harness/figure.ts';
import { onDemand } from '../players/ground.ts';
import type { CallersReport } from './redis-callers.ts';

const times = 5;
const outageMs = 1_500;
const flushedKeys = 1_000_000;
const script = new URL('redis-callers.ts', import.meta.url);

interface Survived extends CallersReport {
  /** From when Redis was back, or, where another takes its place, from when it was gone. */
  readonly recoveryMs: number;
}

/** What 64 callers see of a Redis that is killed, paused, emptied or replaced, while they go on calling. */
export function outageFigures(): readonly Figure[] {
  const killed = onDemand(() => repeat(surviveKill));
  const paused = onDemand(() => repeat(survivePause));
  const emptied = onDemand(() => repeat(surviveFlush));
  const replaced = onDemand(() => repeat(surviveFailover));
  const figure = (
    title: string,
    must: number | undefined,
    measured: () => Promise<readonly Survived[]>,
    of: (survived: Survived) => number,
  ): Figure => ({
    title,
    unit: 'ms',
    better: 'lower',
    ...(must === undefined ? {} : { must }),
    async measure() {
      const value = Math.max(...(await measured()).map(of));
      return { value, remark: `the longest of ${times} times, 64 callers that go on calling` };
    },
  });
  return [
    figure('Redis back after an outage: first success', 1_000, killed, ({ recoveryMs }) => recoveryMs),
    figure('Redis away and back: event loop blocked', 50, killed, ({ longestBlockMs }) => longestBlockMs),
    figure('Redis goes on after a pause: first success', 1_000, paused, ({ recoveryMs }) => recoveryMs),
    figure(
      `Redis emptied of ${flushedKeys.toLocaleString('en')} keys: longest call`,
      1_000,
      emptied,
      ({ longestCallMs }) => longestCallMs,
    ),
    figure(
      'Redis killed behind Sentinels (down after 500 ms): first success',
      undefined,
      replaced,
      ({ recoveryMs }) => recoveryMs,
    ),
  ];
}

async function repeat(outage: () => Promise<Survived>): Promise<readonly Survived[]> {
  const found: Survived[] = [];
  for (let i = 0; i < times; i += 1) found.push(await outage());
  return found;
}

/** `disturb` resolves to the moment from which recovery counts, in wall time. */
async function survive(url: string, disturb: () => Promise<number>): Promise<Survived> {
  const worker = new Worker(script, { workerData: { url } });
  await once(worker, 'message');
  const reported = once(worker, 'message') as Promise<[CallersReport]>;
  const backAtMs = await disturb();
  worker.postMessage('over', []);
  const [report] = await reported;
  return { ...report, recoveryMs: Math.max(0, (report.firstSuccessAtMs ?? backAtMs) - backAtMs) };
}

async function surviveKill(): Promise<Survived> {
  await using redis = await startRedis({ dedicated: true, persistence: 'none' });
  return await survive(redis.url, async () => {
    await redis.kill();
    await sleep(outageMs);
    const restarting = redis.restart();
    const backAtMs = await firstAnswerOf(redis);
    await restarting;
    return backAtMs;
  });
}

async function survivePause(): Promise<Survived> {
  await using redis = await startRedis({ dedicated: true, persistence: 'none' });
  return await survive(redis.url, async () => {
    redis.pause();
    await sleep(outageMs);
    redis.resume();
    return Date.now();
  });
}

async function surviveFlush(): Promise<Survived> {
  await using redis = await startRedis({
    dedicated: true,
    persistence: 'none',
    config: ['enable-debug-command yes'],
  });
  for (let i = 0; i < 10; i += 1)
    await redisCommand(redis.url, ['DEBUG', 'POPULATE', String(flushedKeys / 10), `group-${i}`]);
  return await survive(redis.url, async () => {
    await redisCommand(redis.url, ['FLUSHALL', 'ASYNC']);
    return Date.now();
  });
}

async function surviveFailover(): Promise<Survived> {
  await using stack = new AsyncDisposableStack();
  const primary = stack.use(await startRedis({ dedicated: true }));
  const replica = stack.use(await startRedis({ replicaOf: primary }));
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, async () =>
      stack.use(await startSentinel({ primary, primaryName: 'game', quorum: 2, downAfterMs: 500 })),
    ),
  );
  for (const sentinel of sentinels) await eventually(() => knowsAll(sentinel), { timeoutMs: 60_000 });
  const addresses = sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
  return await survive(`redis-sentinel://${addresses}/game`, async () => {
    const killedAtMs = Date.now();
    await primary.kill();
    await eventually(async () => String(await redisCommand(replica.url, ['ROLE'])).startsWith('master'), {
      timeoutMs: 60_000,
    });
    return killedAtMs;
  });
}

/** Whether a Sentinel has found the replica and the two others, without which it could not replace the primary. */
async function knowsAll(sentinel: TestServer): Promise<boolean> {
  const info = String(await redisCommand(sentinel.url, ['INFO', 'sentinel']));
  return info.includes('slaves=1,sentinels=3');
}

async function firstAnswerOf(redis: TestServer): Promise<number> {
  await eventually(() => redisCommand(redis.url, ['PING']), { intervalMs: 2 });
  return Date.now();
}
