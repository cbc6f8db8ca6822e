import { SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const WINDOW_MS = 60_000;
const password = 'correct horse battery';

describe('failed log-ins', () => {
  let app: TestApp;
  let other: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  const logIn = (username: string, given: string, on = app) =>
    on.send('POST', '/v1/sessions', { body: { username, password: given } });
  const register = async (username: string) => {
    const body = {
      username,
      email: `${username}@example.com`,
      password,
      deviceId: `device-of-${username}-0123`,
    };
    await app.send('POST', '/v1/players', { body });
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const [sqlite] = databaseKinds;
    if (sqlite === undefined) throw new Error('SQLite is always there');
    const { url: databaseUrl } = stack.use(await sqlite.create());
    clock = new SimulatedClock();
    const failures = { perAccount: 3, perAddress: 40, windowMs: WINDOW_MS };
    app = stack.use(await startTestApp({ databaseUrl, clock, failures, isCacheShared: true }));
    other = stack.use(await startTestApp({ databaseUrl, clock, failures, cache: app.cache }));
  });
  afterAll(() => stack.disposeAsync());

  it('make the name wait, at every process and with the right password too', async () => {
    await register('victim');
    for (const on of [app, other, app]) expect((await logIn('victim', 'wrong horse', on)).status).toBe(401);
    const refused = await logIn('VICTIM', password, other);
    expect(refused.status).toBe(429);
    expect(problemOf(refused)).toMatchObject({ code: 'too_many_failures', retryable: true });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(WINDOW_MS / 1_000);
    const byDevice = { body: { deviceId: 'device-of-victim-0123' } };
    expect((await app.send('POST', '/v1/sessions', byDevice)).status).toBe(201);
    await clock.advance(WINDOW_MS);
    expect((await logIn('victim', password)).status).toBe(201);
  });

  it('are forgiven by a right log-in', async () => {
    await register('forgetful');
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 2; i += 1) expect((await logIn('forgetful', 'wrong horse')).status).toBe(401);
      expect((await logIn('forgetful', password)).status).toBe(201);
    }
  });

  it('are no more when they are sent at once', async () => {
    await clock.advance(WINDOW_MS);
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, i) => logIn('ghost', `guess number ${i}`)),
    );
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(9);
  });

  it('say of a name nobody has what they say of others', async () => {
    await clock.advance(WINDOW_MS);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await logIn('nobody', password)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it('make an address wait that tries many names', async () => {
    await clock.advance(WINDOW_MS);
    const statuses: number[] = [];
    for (let i = 0; i < 42; i += 1) statuses.push((await logIn(`name-${i}`, password)).status);
    expect(statuses.indexOf(429)).toBe(40);
    expect(
      (await app.send('POST', '/v1/sessions', { body: { deviceId: 'device-of-victim-0123' } })).status,
    ).toBe(429);
    await clock.advance(WINDOW_MS);
    expect((await logIn('victim', password)).status).toBe(201);
  });
});
