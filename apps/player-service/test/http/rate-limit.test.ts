import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { newApiKeySchema } from '../../src/api-keys/api-key-schemas.ts';
import { RATE_WINDOW_MS, RateLimiter } from '../../src/http/rate-limiter.ts';
import { bodyOf, playerOf, problemOf, sessionOf } from '../support/answers.ts';
import { databaseKinds, startTestApp } from '../support/test-app.ts';

describe('RateLimiter', () => {
  it.each([1, 3, 7, 60, 1_000])('lets %i through at once and gives them back evenly', async (quota) => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter(quota, clock);
    for (let left = quota - 1; left >= 0; left -= 1) {
      expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: left });
    }
    const refused = limiter.take('a');
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.resetMs).toBeCloseTo(RATE_WINDOW_MS / quota, 3);
    expect(limiter.take('b').allowed).toBe(true);
    await clock.advance(Math.ceil(refused.resetMs));
    expect(limiter.take('a').allowed).toBe(true);
    expect(limiter.take('a').allowed).toBe(quota > RATE_WINDOW_MS);
    await clock.advance(RATE_WINDOW_MS);
    expect(limiter.take('a')).toMatchObject({ allowed: true, remaining: quota - 1 });
  });

  it('forgets the caller unseen for longest rather than grow without a bound', () => {
    const limiter = new RateLimiter(1, new SimulatedClock());
    limiter.take('first');
    for (let i = 0; i < 100_000; i += 1) limiter.take(`caller-${i}`);
    expect(limiter.take('caller-99999').allowed).toBe(false);
    expect(limiter.take('first').allowed).toBe(true);
  });
});

describe('rate limits over HTTP', () => {
  it('count players, keys and addresses apart, spare the admin, and say what is left', async () => {
    const [sqlite] = databaseKinds;
    if (sqlite === undefined) throw new Error('SQLite is always there');
    await using database = await sqlite.create();
    const clock = new SimulatedClock();
    const rateLimits = { perPlayer: 3, perKey: 2, perAddress: 4 };
    await using app = await startTestApp({
      databaseUrl: database.url,
      clock,
      rateLimits,
      adminToken: 'admin-token',
    });
    const token = 'admin-token';
    const tokens: string[] = [];
    for (const username of ['one', 'two']) {
      const body = { username, email: `${username}@example.com` };
      const { id } = playerOf(await app.send('POST', '/v1/players', { token, body }));
      tokens.push(sessionOf(await app.send('POST', '/v1/sessions', { token, body: { playerId: id } })).token);
    }
    const body = { name: 'reader', scopes: ['players:read'] };
    const { key } = bodyOf(newApiKeySchema, await app.send('POST', '/v1/api-keys', { token, body }));
    const statuses = async (count: number, bearer?: string, path = '/v1/sessions') => {
      const found: number[] = [];
      for (let i = 0; i < count; i += 1) found.push((await app.send('GET', path, { token: bearer })).status);
      return found;
    };

    const first = await app.send('GET', '/v1/sessions', { token: tokens[0] });
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"player";q=3;w=60',
      ratelimit: '"player";r=2;t=20',
    });
    expect(await statuses(3, tokens[0])).toEqual([200, 200, 429]);
    expect(await statuses(1, tokens[1])).toEqual([200]);
    expect(await statuses(3, key, '/v1/players')).toEqual([200, 200, 429]);
    expect(await statuses(3, 'hps_1.nonsense')).toEqual([401, 401, 401]);
    expect(await statuses(2)).toEqual([401, 429]);
    const login = await app.send('POST', '/v1/sessions', { body: { username: 'one', password: 'guess' } });
    expect(problemOf(login)).toMatchObject({ status: 429, code: 'too_many_requests', retryable: true });
    expect(Number(login.headers['retry-after'])).toBe(15);
    expect(await statuses(10, token, '/v1/players')).toEqual(Array<number>(10).fill(200));
    await clock.advance(20_000);
    expect(await statuses(2, tokens[0])).toEqual([200, 429]);
  });

  it('counts each operation of a batch', async () => {
    const [sqlite] = databaseKinds;
    if (sqlite === undefined) throw new Error('SQLite is always there');
    await using database = await sqlite.create();
    await using app = await startTestApp({
      databaseUrl: database.url,
      rateLimits: { perPlayer: 0, perKey: 5, perAddress: 0 },
      adminToken: 'admin-token',
    });
    const made = { name: 'match server', scopes: ['gold:write'] };
    const asAdmin = { token: 'admin-token', body: made };
    const { key } = bodyOf(newApiKeySchema, await app.send('POST', '/v1/api-keys', asAdmin));
    const batchOf = (parts: number) => {
      const gold = { playerId: '1', amount: 1, reason: 'MATCH' };
      const body = { atomic: false, operations: Array.from({ length: parts }, () => ({ gold })) };
      return app.send('POST', '/v1/batch', { token: key, body });
    };
    expect((await batchOf(4)).status).toBe(200);
    expect((await batchOf(2)).status).toBe(429);
  });
});
