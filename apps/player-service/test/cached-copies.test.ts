import { openCache, type Cache } from '@hanok/cache-client';
import { SimulatedClock, temporaryFolder } from '@hanok/testkit';
import { systemClock } from '@hanok/service-kit';
import { expect, it } from 'vitest';
import { playerOf } from './support/answers.ts';
import { startTestApp } from './support/test-app.ts';

/** The same cache, for a process that dies before it can drop anything. */
function deafCache(cache: Cache): Cache {
  return {
    ...cache,
    players: (options) =>
      Object.assign(cache.players(options), { invalidate: () => new Promise<never>(() => undefined) }),
  };
}

it('drops the cached copy of a change whose process died between the commit and the drop', async () => {
  await using folder = temporaryFolder();
  const clock = new SimulatedClock();
  const cache = openCache('memory:', { clock: { ...systemClock, now: () => clock.now() } });
  const databaseUrl = `sqlite:${folder.path}/hanok.db`;
  await using alive = await startTestApp({ databaseUrl, cache, clock });
  await using dying = await startTestApp({ databaseUrl, cache: deafCache(cache), clock });
  const body = { username: 'stale', email: 'stale@example.com' };
  const path = `/v1/players/${playerOf(await alive.send('POST', '/v1/players', { body })).id}`;
  expect(playerOf(await alive.send('GET', path)).level).toBe(1);

  // Never answered, so nobody knows whether it happened. It did.
  void dying.send('PATCH', path, { body: { level: 7 } });
  await expect
    .poll(async () => (await alive.database.sql`SELECT 1 FROM players WHERE level = 7`).rows.length, {
      timeout: 10_000,
    })
    .toBe(1);
  expect(playerOf(await alive.send('GET', path)).level, 'the copy is out of date').toBe(1);
  await alive.housekeeping.runOnce(false);
  expect(playerOf(await alive.send('GET', path)).level, 'its writer may still be about to drop it').toBe(1);
  await clock.advance(1_000);
  await alive.housekeeping.runOnce(false);
  expect(playerOf(await alive.send('GET', path)).level).toBe(7);
  expect((await alive.database.sql`SELECT 1 FROM pending_invalidations`).rows).toEqual([]);
  await cache.close();
}, 60_000);
