import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCache } from '@hanok/cache-client';
import { eventually, startProcess, type TestServer } from '@hanok/testkit';
import type { Figure } from '../harness/figure.ts';
import { percentile } from '../harness/statistics.ts';

const holders = 7;
const invalidations = 2_000;
/**
 * Runs before the one that counts. The compilers of eight processes are in everybody's way until they have optimised what
 * is used, and that takes some 10,000 invalidations; after them one run is like the next.
 */
const warmUpRuns = 7;
/** Time from one invalidation to the next, whether that has ended or not: 200 a second. */
const intervalMs = 5;
const script = new URL('near-process.ts', import.meta.url).pathname;

interface Measured {
  /** Each sent when the one before was acknowledged, which keeps both cores of a small machine busy all the time. */
  readonly backToBackMs: readonly number[];
  /** At a rate at which the processes sleep between: there is no queue for a core, and all of them have to wake up. */
  readonly pacedMs: readonly number[];
}

/** How long an invalidation takes until it is gone from the near caches of eight processes that read all the time. */
export function invalidationFigures(redis: TestServer): readonly Figure[] {
  let measured: Promise<Measured> | undefined;
  const figure = (percent: number, times: keyof Measured, how: string, must?: number): Figure => ({
    title: `invalidation acknowledged, gone from ${holders + 1} near caches, ${how}, p${percent}`,
    unit: 'ms',
    better: 'lower',
    ...(must === undefined ? {} : { must }),
    async measure() {
      measured ??= invalidateAmongHolders(redis.url);
      return {
        value: percentile((await measured)[times], percent),
        remark: `${invalidations} invalidations`,
      };
    },
  });
  const rate = `${1_000 / intervalMs} a second`;
  return [
    figure(50, 'backToBackMs', 'back to back', 1),
    figure(99, 'backToBackMs', 'back to back', 5),
    figure(50, 'pacedMs', rate),
    figure(99, 'pacedMs', rate),
  ];
}

async function invalidateAmongHolders(url: string): Promise<Measured> {
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
  const invalidate = async (i: number): Promise<number> => {
    const id = String(i % 100);
    const begunAtMs = performance.now();
    assert.equal(await players.invalidate(id), 'acknowledged');
    const tookMs = performance.now() - begunAtMs;
    await players.read(id);
    return tookMs;
  };
  const run = async (): Promise<number[]> => {
    const timesMs: number[] = [];
    for (let i = 0; i < invalidations; i += 1) timesMs.push(await invalidate(i));
    return timesMs;
  };
  for (let i = 0; i < warmUpRuns; i += 1) await run();
  const backToBackMs = await run();
  const paced: Promise<number>[] = [];
  for (let i = 0; i < invalidations; i += 1) {
    paced.push(invalidate(i));
    await sleep(intervalMs);
  }
  return { backToBackMs, pacedMs: await Promise.all(paced) };
}
