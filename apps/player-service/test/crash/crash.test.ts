import { freePort, seededRng, startPostgres, startProcess, temporaryFolder } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SERVICE_MAIN, startService, type Settings } from '../support/service-process.ts';
import { databaseKinds } from '../support/test-app.ts';
import { MixedWrites } from './mixed-writes.ts';

/** Cycles on each kind of database. A start takes about a second, so few fit in CI; 200 and more are run by hand. */
const ASKED = process.env['CRASH_CYCLES'];
const CYCLES = { SQLite: Number(ASKED ?? 8), PostgreSQL: Number(ASKED ?? 4), server: Number(ASKED ?? 3) };
const SEED = process.env['CRASH_SEED'] ?? '20260131';
const CYCLE_LIMIT_MS = 60_000;
/** One start in so many is itself interrupted. */
const INTERRUPTED_START = 5;

/** Starts a service and kills it at some point of its start. */
async function killWhileStarting(settings: Settings, afterMs: number): Promise<void> {
  const child = await startProcess({
    args: [SERVICE_MAIN],
    env: { LOG_LEVEL: 'warn', ...settings, PORT: String(await freePort()) },
  });
  await sleep(afterMs);
  child.kill('SIGKILL');
  await child.exited;
}

describe.each(databaseKinds)('kill -9 under a load of mixed writes on $name', ({ name, create }) => {
  it(
    'keeps every acknowledged write, applies none twice, balances, and opens again',
    async () => {
      await using database = await create();
      await using cache = temporaryFolder();
      const rng = seededRng(SEED);
      const settings = {
        DATABASE_URL: database.url,
        CACHE_URL: 'memory:',
        // Compiled code is kept, so that a start costs less.
        NODE_COMPILE_CACHE: cache.path,
      };
      const writes = new MixedWrites(rng);
      let service = await startService(settings);
      await writes.begin(service.url);
      for (let cycle = 0; cycle < CYCLES[name]; cycle += 1) {
        const { url, child } = service;
        await writes.runUntil(url, async () => {
          child.kill('SIGKILL');
          await child.exited;
        });
        if (rng.next() < 1 / INTERRUPTED_START) await killWhileStarting(settings, rng.next() * 1_500);
        service = await startService(settings);
        await writes.prove(service.url);
      }
      await writes.proveReplays(service.url);
      await service[Symbol.asyncDispose]();
      expect(writes.acknowledged).toBeGreaterThan(CYCLES[name] * 10);
    },
    60_000 + CYCLES.SQLite * CYCLE_LIMIT_MS,
  );
});

describe('SIGKILL of the PostgreSQL server under a load of mixed writes', () => {
  it(
    'is 503 until it is back, and then every acknowledged write is there, none twice',
    async () => {
      await using postgres = await startPostgres({ dedicated: true });
      const settings = { DATABASE_URL: await postgres.createDatabase(), CACHE_URL: 'memory:' };
      await using service = await startService(settings);
      const writes = new MixedWrites(seededRng(SEED));
      await writes.begin(service.url);
      for (let cycle = 0; cycle < CYCLES.server; cycle += 1) {
        // The clients go on: they are refused while it is away, and served by themselves when it is back.
        await writes.runUntil(service.url, async () => {
          await postgres.kill();
          await postgres.restart();
          const before = writes.acknowledged;
          while (writes.acknowledged < before + 20) await sleep(5);
        });
        await writes.prove(service.url);
      }
      await writes.proveReplays(service.url);
      expect(writes.acknowledged).toBeGreaterThan(CYCLES.server * 10);
    },
    60_000 + CYCLES.server * CYCLE_LIMIT_MS,
  );
});
