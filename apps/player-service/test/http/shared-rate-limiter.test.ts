import { CacheError, openCache } from '@hanok/cache-client';
import { silentLogger } from '@hanok/service-kit';
import { seededRng, SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { RATE_WINDOW_MS } from '../../src/http/rate-limiter.ts';
import { SharedRateLimiter } from '../../src/http/shared-rate-limiter.ts';
import { playerOf, sessionOf } from '../support/answers.ts';
import { databaseKinds, startTestApp } from '../support/test-app.ts';

/** A counter whose answers come late and out of order, as over a network. */
function lateStore(seed: string) {
  const rng = seededRng(seed);
  const sums = new Map<string, number>();
  return {
    calls: 0,
    isAway: false,
    async incrementBy(key: string, by: number): Promise<number> {
      this.calls += 1;
      if (this.isAway) throw new CacheError('unavailable', 'the test took it away');
      const sum = (sums.get(key) ?? 0) + by;
      sums.set(key, sum);
      for (let turn = Math.floor(rng.next() * 5); turn > 0; turn -= 1) await Promise.resolve();
      return sum;
    },
  };
}

describe('SharedRateLimiter', () => {
  const limiters = (
    count: number,
    quota: number,
    store: ReturnType<typeof lateStore>,
    clock: SimulatedClock,
  ) =>
    Array.from(
      { length: count },
      () => new SharedRateLimiter({ quota, name: 'player', store, clock, logger: silentLogger }),
    );
  const allowedOf = async (limiter: SharedRateLimiter, requests: number) => {
    const verdicts = await Promise.all(Array.from({ length: requests }, async () => limiter.take('a')));
    return verdicts.filter(({ allowed }) => allowed).length;
  };

  it.each([1, 3, 19, 20, 100, 1_000])(
    'lets no more than %i through, however many processes count',
    async (quota) => {
      for (let round = 0; round < 20; round += 1) {
        const store = lateStore(`${quota}-${round}`);
        const clock = new SimulatedClock();
        const processes = 1 + (round % 5);
        const each = limiters(processes, quota, store, clock);
        const batch = Math.max(1, Math.floor(quota / 20));
        const allowed = await Promise.all(each.map((limiter) => allowedOf(limiter, quota)));
        const sum = allowed.reduce((a, b) => a + b, 0);
        expect(sum).toBeLessThanOrEqual(quota);
        expect(sum).toBeGreaterThanOrEqual(quota - (processes - 1) * batch);
        expect(store.calls).toBeLessThanOrEqual(Math.ceil(quota / batch) + 2 * processes);
        await clock.advance(RATE_WINDOW_MS);
        expect(
          await allowedOf(
            each[0] ?? new SharedRateLimiter({ quota, name: 'x', store, clock, logger: silentLogger }),
            quota + 5,
          ),
        ).toBe(quota);
      }
    },
  );

  it('asks nobody while it has something left', async () => {
    const store = lateStore('few calls');
    const [limiter] = limiters(1, 1_000, store, new SimulatedClock());
    if (limiter === undefined) throw new Error('no limiter');
    await limiter.take('a');
    const calls = store.calls;
    for (let i = 0; i < 30; i += 1) expect(limiter.take('a')).not.toBeInstanceOf(Promise);
    expect(store.calls).toBe(calls);
  });

  it('says what is left and when it begins anew', async () => {
    const clock = new SimulatedClock();
    const [one, two] = limiters(2, 100, lateStore('headers'), clock);
    if (one === undefined || two === undefined) throw new Error('no limiter');
    const intoWindowMs = clock.now() % RATE_WINDOW_MS;
    expect(await one.take('a')).toEqual({
      allowed: true,
      remaining: 99,
      resetMs: RATE_WINDOW_MS - intoWindowMs,
    });
    expect(await two.take('a')).toMatchObject({ allowed: true, remaining: 94 });
    expect(await two.take('b')).toMatchObject({ allowed: true, remaining: 99 });
    await allowedOf(one, 200);
    expect(await one.take('a')).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('counts by itself while the cache is away, and with the others again in the next window', async () => {
    const clock = new SimulatedClock();
    const store = lateStore('away');
    const [one, two] = limiters(2, 100, store, clock);
    if (one === undefined || two === undefined) throw new Error('no limiter');
    store.isAway = true;
    expect(await allowedOf(one, 150)).toBe(100);
    expect(await allowedOf(two, 150)).toBe(100);
    expect(store.calls).toBe(2);
    store.isAway = false;
    await clock.advance(RATE_WINDOW_MS);
    expect((await allowedOf(one, 150)) + (await allowedOf(two, 150))).toBeLessThanOrEqual(100);
  });
});

it('limits a player over all processes that share a cache', async () => {
  const [sqlite] = databaseKinds;
  if (sqlite === undefined) throw new Error('SQLite is always there');
  await using database = await sqlite.create();
  await using stack = new AsyncDisposableStack();
  const cache = openCache('memory:');
  stack.defer(() => cache.close());
  const clock = new SimulatedClock();
  const rateLimits = { perPlayer: 60, perKey: 0, perAddress: 0 };
  const options = { databaseUrl: database.url, clock, cache, rateLimits, adminToken: 'admin-token' };
  const apps = [stack.use(await startTestApp(options)), stack.use(await startTestApp(options))];
  const [app] = apps;
  if (app === undefined) throw new Error('no service');
  const token = 'admin-token';
  const body = { username: 'hong', email: 'hong@example.com' };
  const { id } = playerOf(await app.send('POST', '/v1/players', { token, body }));
  const session = sessionOf(await app.send('POST', '/v1/sessions', { token, body: { playerId: id } }));
  const replies = await Promise.all(
    Array.from({ length: 120 }, async (_, i) =>
      apps[i % 2]?.send('GET', '/v1/sessions', { token: session.token }),
    ),
  );
  const statuses = replies.map((reply) => reply?.status);
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(60);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(57);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(60);
});
