import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { eventually, redisCommand, startRedis } from '@hanok/testkit';
import type { Figure } from '../harness/figure.ts';
import { onDemand } from '../players/ground.ts';
import type { CallersReport } from './redis-callers.ts';

const outages = 5;
const outageMs = 1_500;
const script = new URL('redis-callers.ts', import.meta.url);

interface Outage {
  readonly recoveryMs: number;
  readonly longestBlockMs: number;
}

/** What callers see of a Redis that is killed and comes back, while they go on calling. */
export function outageFigures(): readonly Figure[] {
  const measured = onDemand(async () => {
    const found: Outage[] = [];
    for (let i = 0; i < outages; i += 1) found.push(await surviveOutage());
    return found;
  });
  const figure = (title: string, must: number, of: (outage: Outage) => number): Figure => ({
    title,
    unit: 'ms',
    better: 'lower',
    must,
    async measure() {
      const values = (await measured()).map(of);
      return {
        value: Math.max(...values),
        remark: `the longest of ${outages} outages, 64 callers that go on calling`,
      };
    },
  });
  return [
    figure('Redis back after an outage: first success', 1_000, ({ recoveryMs }) => recoveryMs),
    figure('Redis away and back: event loop blocked', 50, ({ longestBlockMs }) => longestBlockMs),
  ];
}

async function surviveOutage(): Promise<Outage> {
  const redis = await startRedis({ dedicated: true, persistence: 'none' });
  const worker = new Worker(script, { workerData: { url: redis.url } });
  await once(worker, 'message');
  const reported = once(worker, 'message') as Promise<[CallersReport]>;
  await redis.kill();
  await sleep(outageMs);
  const restarting = redis.restart();
  await eventually(() => redisCommand(redis.url, ['PING']), { intervalMs: 2 });
  const backAtMs = Date.now();
  await restarting;
  const [{ firstSuccessAtMs, longestBlockMs }] = await reported;
  await redis.stop();
  return { recoveryMs: Math.max(0, firstSuccessAtMs - backAtMs), longestBlockMs };
}
