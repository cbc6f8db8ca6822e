import { startProcess, startRedis } from '@hanok/testkit';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openCache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

const program = fileURLToPath(new URL('stampede-process.ts', import.meta.url));
const processes = 4;
/** Reads of one player that miss at the same time, over all processes. */
const misses = Number(process.env['HANOK_STAMPEDE_MISSES'] ?? 10_000);

it(`loads once for ${misses} misses at the same time in ${processes} processes`, async () => {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis({ dedicated: true }));
  const databaseServer = stack.use(await startRedis({ dedicated: true }));
  const database = openCache(databaseServer.url);
  stack.defer(() => database.close());
  await ready(database.store);

  const each = Math.ceil(misses / processes);
  const args = [program, redis.url, databaseServer.url, String(each), String(each * processes)];
  const children = await Promise.all(
    Array.from({ length: processes }, async () =>
      stack.use(await startProcess({ args, readyLine: /waiting/, readyTimeoutMs: 60_000 })),
    ),
  );
  await database.store.set('go', '1');
  let loads = 0;
  for (const child of children) {
    expect(await child.exited, child.output()).toEqual({ code: 0, signal: null });
    const counts = JSON.parse(/counts: (.*)/.exec(child.output())?.[1] ?? '{}') as { loads: number };
    expect(counts).toMatchObject({ ofFirstLoad: each, misses: each, hits: 0, fallbacks: 0 });
    loads += counts.loads;
  }
  expect(loads).toBe(1);
  expect(await database.store.get('loads')).toBe('1');
}, 180_000);
