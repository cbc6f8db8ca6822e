import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '@hanok/cache-client';
import { eventually, redisCommand, startRedis } from '@hanok/testkit';
import type { Figure } from '../harness/figure.ts';
import { onDemand } from '../players/ground.ts';

const outages = 5;
const outageMs = 1_500;
const callers = 64;

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
        remark: `the longest of ${outages} outages, ${callers} callers that go on calling`,
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
  const store = openStore(redis.url);
  await eventually(() => assert.ok(store.connected));
  const controller = new AbortController();
  let lastSuccessAtMs = 0;
  let firstSuccessAtMs: number | undefined;
  let isAway = false;
  const call = async (): Promise<void> => {
    while (!controller.signal.aborted) {
      const begunAtMs = performance.now();
      const isAnswered = await store.get('key').then(
        () => true,
        () => false,
      );
      lastSuccessAtMs = isAnswered ? performance.now() : lastSuccessAtMs;
      if (isAnswered && isAway && begunAtMs > killedAtMs) firstSuccessAtMs ??= performance.now();
      await sleep(2);
    }
  };
  let killedAtMs = Infinity;
  const calling = Promise.all(Array.from({ length: callers }, call));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(200);
  delay.enable();
  await redis.kill();
  killedAtMs = performance.now();
  isAway = true;
  await sleep(outageMs);
  const restarting = redis.restart();
  await eventually(() => redisCommand(redis.url, ['PING']), { intervalMs: 2 });
  const backAtMs = performance.now();
  await restarting;
  await eventually(() => assert.ok(firstSuccessAtMs !== undefined), { intervalMs: 2 });
  delay.disable();
  controller.abort();
  await calling;
  await store.close();
  await redis.stop();
  return {
    recoveryMs: Math.max(0, (firstSuccessAtMs ?? Infinity) - backAtMs),
    longestBlockMs: delay.max / 1e6,
  };
}
