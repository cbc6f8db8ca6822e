import { openCache } from '@hanok/cache-client';
import { eventually, startPostgres, startRedis, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { auditOf, playerOf, problemOf, sessionOf } from './support/answers.ts';
import { startTestApp, type Reply, type TestApp } from './support/test-app.ts';

const password = 'correct horse battery';
const fresh = { username: 'somebody', email: 'somebody@example.com', password };
/** Longer than any timeout of ours, shorter than the test's: a request that takes it hangs. */
const HANG_MS = 20_000;

async function answered(request: Promise<Reply>): Promise<Reply> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('a request hangs')), HANG_MS).unref();
  });
  return Promise.race([request, late]);
}

const logIn = (app: TestApp) =>
  app.send('POST', '/v1/sessions', { body: { username: fresh.username, password } });

describe('when Redis is away', () => {
  it.each(['killed', 'frozen'] as const)(
    '%s: reads and writes go on, log-ins answer 503, and it recovers',
    async (how) => {
      await using folder = temporaryFolder();
      await using redis = await startRedis({ dedicated: true });
      const cache = openCache(redis.url);
      await using app = await startTestApp({ databaseUrl: `sqlite:${folder.path}/hanok.db`, cache });
      const path = `/v1/players/${playerOf(await app.send('POST', '/v1/players', { body: fresh })).id}`;
      await eventually(async () => expect((await logIn(app)).status).toBe(201));
      const { token } = sessionOf(await logIn(app));
      expect((await app.send('GET', path, { token })).status).toBe(200);

      if (how === 'killed') await redis.kill();
      else redis.pause();
      expect(playerOf(await answered(app.send('GET', path))).level).toBe(1);
      expect((await answered(app.send('PATCH', path, { body: { level: 5 } }))).status).toBe(200);
      expect(playerOf(await answered(app.send('GET', path))).level).toBe(5);
      const refused = await Promise.all([answered(logIn(app)), answered(app.send('GET', path, { token }))]);
      for (const reply of refused) {
        expect(problemOf(reply)).toMatchObject({
          status: 503,
          code: 'sessions_unavailable',
          retryable: true,
        });
      }
      expect((await answered(app.send('GET', '/readyz'))).status).toBe(200);

      if (how === 'killed') await redis.restart();
      else redis.resume();
      await eventually(async () => expect((await logIn(app)).status).toBe(201));
      await eventually(async () => {
        await app.housekeeping.runOnce();
        expect((await app.database.sql`SELECT 1 FROM pending_invalidations`).rows).toEqual([]);
      });
      expect(playerOf(await app.send('GET', path)).level).toBe(5);
      await cache.close();
    },
    60_000,
  );
});

describe('when PostgreSQL is away', () => {
  it('answers 503, recovers by itself, and has lost and doubled nothing', async () => {
    await using postgres = await startPostgres({ dedicated: true });
    await using app = await startTestApp({ databaseUrl: await postgres.createDatabase() });
    const { id } = playerOf(await app.send('POST', '/v1/players', { body: fresh }));
    const give = (key: string) =>
      app.send('POST', `/v1/players/${id}/gold`, {
        body: { amount: 1, reason: 'QUEST' },
        headers: { 'idempotency-key': key },
      });
    const keys = Array.from({ length: 60 }, (_, i) => `gift-${i}`);
    const underWay = keys.map((key) => answered(give(key)));
    await Promise.race(underWay);
    await postgres.kill();
    const statuses = new Set((await Promise.all(underWay)).map(({ status }) => status));
    expect(statuses).toContain(201);
    expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([]);
    const down = await answered(app.send('GET', `/v1/players/4711`));
    expect(problemOf(down)).toMatchObject({ status: 503, retryable: true });
    expect((await answered(app.send('GET', '/readyz'))).status).toBe(503);

    await postgres.restart();
    await eventually(async () => expect((await app.send('GET', '/readyz')).status).toBe(200));
    const again = await Promise.all(keys.map((key) => answered(give(key))));
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([201]));
    const player = await app.database.sql<{
      gold: number;
    }>`SELECT gold FROM players WHERE id = ${Number(id)}`;
    expect(player.rows).toEqual([{ gold: keys.length }]);
    expect(auditOf(await app.send('GET', '/v1/audit')).balanced).toBe(true);
  }, 60_000);
});
