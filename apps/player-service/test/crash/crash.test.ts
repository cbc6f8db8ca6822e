import { seededRng, startPostgres, temporaryFolder } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startService } from '../support/service-process.ts';
import { databaseKinds } from '../support/test-app.ts';
import { HeldProcess } from './held-process.ts';
import { MixedWrites } from './mixed-writes.ts';

/** Cycles on each kind of database. */
const ASKED = process.env['CRASH_CYCLES'];
const CYCLES = { SQLite: Number(ASKED ?? 200), PostgreSQL: Number(ASKED ?? 12), server: Number(ASKED ?? 3) };
const SEED = process.env['CRASH_SEED'] ?? '20260131';
const CYCLE_LIMIT_MS = 60_000;
/** One start in so many is itself interrupted. */
const INTERRUPTED_START = 8;
/** Within this time a start opens the database, migrates and listens. */
const START_MS = 250;

describe.each(databaseKinds)('kill -9 under a load of mixed writes on $name', ({ name, create }) => {
  it(
    `keeps every acknowledged write, applies none twice, balances, and opens again, ${CYCLES[name]} times`,
    async () => {
      await using database = await create();
      await using folder = temporaryFolder();
      const rng = seededRng(SEED);
      const settings = {
        DATABASE_URL: database.url,
        CACHE_URL: 'memory:',
        // Compiled code is kept, so that a start costs less.
        NODE_COMPILE_CACHE: folder.path,
      };
      const writes = new MixedWrites(rng);
      await using standby = new AsyncDisposableStack();
      let next = HeldProcess.load(settings);
      standby.defer(async () => (await next)[Symbol.asyncDispose]());
      /** The process that is loaded already, while the one after it loads. */
      const take = async (): Promise<HeldProcess> => {
        const taken = await next;
        next = HeldProcess.load(settings);
        return taken;
      };
      let victim = await (await take()).serve();
      await writes.begin(victim.url);
      for (let cycle = 0; cycle < CYCLES[name]; cycle += 1) {
        const { url, child } = victim;
        await writes.runUntil(url, async () => {
          child.kill('SIGKILL');
          await child.exited;
        });
        if (rng.next() < 1 / INTERRUPTED_START) {
          const unlucky = (await take()).begin();
          await sleep(rng.next() * START_MS);
          unlucky.child.kill('SIGKILL');
          await unlucky.child.exited;
        }
        victim = await (await take()).serve();
        await writes.prove(victim.url);
      }
      await writes.proveReplays(victim.url);
      await victim.child[Symbol.asyncDispose]();
      expect(writes.acknowledged).toBeGreaterThan(CYCLES[name] * 10);
    },
    60_000 + CYCLES[name] * CYCLE_LIMIT_MS,
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
