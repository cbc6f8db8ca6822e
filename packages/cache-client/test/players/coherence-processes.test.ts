import { systemRng } from '@hanok/service-kit';
import { redisCommand, startProcess, startRedis, type ChildHandle, type TestServer } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('coherence-process.ts', import.meta.url));
const processes = Number(process.env['HANOK_COHERENCE_PROCESSES'] ?? 4);
/** Over all processes. */
const reads = Number(process.env['HANOK_COHERENCE_READS'] ?? 16_000);
const players = 48;
const timeoutMs = 60_000 + 2 * reads;

interface Counts {
  readonly reads: number;
  readonly writes: number;
  readonly stale: number;
  readonly loads: number;
  readonly nearHits: number;
}

async function countsOf(child: ChildHandle): Promise<Counts> {
  expect(await child.exited, child.output()).toEqual({ code: 0, signal: null });
  return JSON.parse(/counts: (.*)/.exec(child.output())?.[1] ?? '{}') as Counts;
}

/** Cuts the links over which near caches hear of invalidations; those that carry commands stay. */
const cutSignals = (server: TestServer): Promise<void> => cut(server, 'pubsub');

const cutCommands = (server: TestServer): Promise<void> => cut(server, 'normal');

async function cut({ url }: TestServer, type: string): Promise<void> {
  // One that is too busy to answer is disturbed enough.
  await redisCommand(url, ['CLIENT', 'KILL', 'TYPE', type]).catch(() => undefined);
}

async function restart(server: TestServer): Promise<void> {
  await server.restart();
}

async function pause(server: TestServer): Promise<void> {
  server.pause();
  await sleep(100);
  server.resume();
}

async function start(
  stack: AsyncDisposableStack,
  kind: 'leases' | 'naive',
  count: number,
  readsEach: number,
) {
  const cache = stack.use(await startRedis({ persistence: 'none' }));
  const database = stack.use(await startRedis({ persistence: 'none' }));
  const args = [program, kind, cache.url, database.url, String(readsEach), String(players)];
  const children = await Promise.all(
    Array.from({ length: count }, async () => stack.use(await startProcess({ args }))),
  );
  return { cache, children };
}

it(
  `${processes} processes see nothing stale while their links are cut and their cache is restarted, emptied and paused`,
  async () => {
    await using stack = new AsyncDisposableStack();
    const readsEach = Math.ceil(reads / processes);
    const { cache, children } = await start(stack, 'leases', processes, readsEach);

    // Disturbs them until they are done, mostly with time to fill the near caches again in between.
    const finished = Promise.all(children.map(countsOf));
    const isDone = (): Promise<boolean> =>
      Promise.race([finished.then(() => true), sleep(100 + 1_000 * systemRng.next(), false)]);
    const disturbances = [restart, cutSignals, pause, cutCommands];
    for (let i = 0; !(await isDone()); i += 1) await disturbances[i % disturbances.length]?.(cache);

    for (const counts of await finished) {
      expect(counts.reads).toBeGreaterThanOrEqual(readsEach);
      expect(counts.writes).toBeGreaterThan(readsEach / 100);
      expect(counts.loads).toBeLessThan(counts.reads);
      expect(counts.nearHits).toBeGreaterThan(readsEach / 40);
      expect(counts.stale).toBe(0);
    }
  },
  timeoutMs,
);

it('catches naive cache-aside, undisturbed', async () => {
  await using stack = new AsyncDisposableStack();
  const { children } = await start(stack, 'naive', 2, 4_000);
  const counts = await Promise.all(children.map(countsOf));
  expect(counts.reduce((sum, { stale }) => sum + stale, 0)).toBeGreaterThan(0);
}, 60_000);
