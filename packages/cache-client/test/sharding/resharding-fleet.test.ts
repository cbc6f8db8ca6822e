import { startProcess, startRedis, type ChildHandle } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openCache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

const program = fileURLToPath(new URL('resharding-process.ts', import.meta.url));

interface Counts {
  readonly increments: number;
  readonly reads: number;
  readonly nearHits: number;
  readonly validations: number;
  readonly stale: number;
  readonly lostSessions: number;
  readonly errors: number;
  readonly failures: readonly string[];
}

it('a fleet under load gets a third Redis: no error, no lost session or increment, no stale read', async () => {
  await using stack = new AsyncDisposableStack();
  const redis = await Promise.all(
    Array.from({ length: 3 }, async () => stack.use(await startRedis({ dedicated: true }))),
  );
  const databaseServer = stack.use(await startRedis({ dedicated: true }));
  const database = openCache(databaseServer.url);
  stack.defer(() => database.close());
  await ready(database.store);
  const hosts = redis.map(({ host, port }) => `${host}:${port}`);
  const old = hosts.slice(0, 2).join(',');
  const urls = {
    old: `redis://${old}`,
    both: `redis://${hosts.join(',')}?previous=${old}`,
    new: `redis://${hosts.join(',')}`,
  };

  const total = { increments: 0, reads: 0, nearHits: 0, validations: 0 };
  const start = async (name: string, url: string): Promise<ChildHandle> =>
    stack.use(
      await startProcess({
        args: [program, url, databaseServer.url, name],
        readyLine: /working/,
        readyTimeoutMs: 60_000,
      }),
    );
  const stop = async (name: string, child: ChildHandle): Promise<void> => {
    await database.store.set(`stop:${name}`, '1');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    const counts = JSON.parse(/counts: (.*)/.exec(child.output())?.[1] ?? '{}') as Counts;
    expect(counts, `${name} (${JSON.stringify(counts)})`).toMatchObject({
      stale: 0,
      lostSessions: 0,
      errors: 0,
      failures: [],
    });
    for (const key of ['increments', 'reads', 'nearHits', 'validations'] as const) total[key] += counts[key];
  };

  // One by one, as a rolling restart does it: old and new lists are in use at once.
  const before = await Promise.all([start('a', urls.old), start('b', urls.old)]);
  const a = await start('a2', urls.both);
  await sleep(300);
  await stop('a', before[0]);
  const b = await start('b2', urls.both);
  await stop('b', before[1]);

  const operator = openCache(urls.both);
  stack.defer(() => operator.close());
  await ready(operator.store);
  const moved = await operator.resharding?.run({ keysPerSecond: 60 });
  const done = await Promise.all([start('a3', urls.new), start('b3', urls.new)]);
  await stop('a2', a);
  await stop('b2', b);
  await sleep(300);
  await stop('a3', done[0]);
  await stop('b3', done[1]);

  expect(moved).toBeGreaterThan(20);
  let counted = 0;
  for (let i = 0; i < 60; i += 1) counted += await operator.counters.read(`c${i}`);
  expect(counted).toBe(total.increments);
  expect(total.increments).toBeGreaterThan(500);
  expect(total.reads).toBeGreaterThan(1_000);
  expect(total.nearHits).toBeGreaterThan(50);
  expect(total.validations).toBeGreaterThan(200);
}, 180_000);
