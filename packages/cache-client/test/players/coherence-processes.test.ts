import { startProcess, startRedis, type ChildHandle } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('coherence-process.ts', import.meta.url));

interface Counts {
  readonly reads: number;
  readonly writes: number;
  readonly stale: number;
  readonly loads: number;
  readonly nearHits: number;
}

async function countsOf(child: ChildHandle): Promise<Counts> {
  expect(await child.exited).toEqual({ code: 0, signal: null });
  return JSON.parse(/counts: (.*)/.exec(child.output())?.[1] ?? '{}') as Counts;
}

it('four processes see nothing stale while their cache is restarted, emptied and paused', async () => {
  await using cache = await startRedis({ persistence: 'none' });
  await using database = await startRedis({ dedicated: true });
  const args = [program, cache.url, database.url, '4000', '6'];
  const children = await Promise.all(Array.from({ length: 4 }, () => startProcess({ args })));

  // Disturbs them until they are done; how often does not matter.
  const finished = Promise.all(children.map(countsOf));
  const isDone = (): Promise<boolean> => Promise.race([finished.then(() => true), sleep(300, false)]);
  while (!(await isDone())) {
    await cache.restart();
    await sleep(300);
    cache.pause();
    await sleep(100);
    cache.resume();
  }
  for (const { reads, writes, stale, loads, nearHits } of await finished) {
    expect(reads).toBeGreaterThanOrEqual(4_000);
    expect(writes).toBeGreaterThan(100);
    expect(loads).toBeLessThan(reads);
    expect(nearHits).toBeGreaterThan(100);
    expect(stale).toBe(0);
  }
}, 60_000);
