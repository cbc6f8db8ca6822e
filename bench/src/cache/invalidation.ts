import assert from 'node:assert/strict';
import { openCache } from '@hanok/cache-client';
import { eventually, startProcess, type TestServer } from '@hanok/testkit';
import type { Figure } from '../harness/figure.ts';
import { percentile } from '../harness/statistics.ts';

const holders = 7;
const invalidations = 2_000;
/** Before those that are timed: they warm up the compilers of eight processes, which are in each other's way meanwhile. */
const untimed = 2_000;
const script = new URL('near-process.ts', import.meta.url).pathname;

/** How long an invalidation takes until it is gone from the near caches of eight processes that read all the time. */
export function invalidationFigures(redis: TestServer): readonly Figure[] {
  let measured: Promise<number[]> | undefined;
  const figure = (percent: number, must: number): Figure => ({
    title: `invalidation acknowledged, gone from ${holders + 1} near caches, p${percent}`,
    unit: 'ms',
    better: 'lower',
    must,
    async measure() {
      measured ??= invalidateAmongHolders(redis.url);
      return {
        value: percentile(await measured, percent),
        remark: `${invalidations} invalidations, after ${untimed} untimed`,
      };
    },
  });
  return [figure(50, 1), figure(99, 5)];
}

async function invalidateAmongHolders(url: string): Promise<number[]> {
  await using processes = new AsyncDisposableStack();
  await Promise.all(
    Array.from({ length: holders }, async () => {
      processes.use(await startProcess({ args: [script, url], readyLine: /holding/ }));
    }),
  );
  const cache = openCache(url);
  processes.defer(() => cache.close());
  await eventually(() => assert.ok(cache.connected));
  const players = cache.players<{ id: string }>({ load: async (id) => ({ id }), near: {} });
  const timesMs: number[] = [];
  for (let i = 0; i < untimed + invalidations; i += 1) {
    const id = String(i % 100);
    await players.read(id);
    const begunAtMs = performance.now();
    if ((await players.invalidate(id)) !== 'acknowledged') throw new Error('Redis was away');
    timesMs.push(performance.now() - begunAtMs);
  }
  return timesMs.slice(untimed);
}
