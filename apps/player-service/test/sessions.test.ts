import { CacheError, openCache, type Cache } from '@hanok/cache-client';
import { eventually, SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentSessionOf, playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const password = 'correct horse battery';

describe.each(databaseKinds)('sessions on $name', ({ create }) => {
  let app: TestApp;
  let other: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  let count = 0;
  const register = async (extra: object = {}) => {
    count += 1;
    const body = { username: `player-${count}`, email: `player-${count}@example.com`, password, ...extra };
    return playerOf(await app.send('POST', '/v1/players', { body }));
  };
  const logIn = (credentials: object, on = app) => on.send('POST', '/v1/sessions', { body: credentials });

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const database = stack.use(await create());
    clock = new SimulatedClock();
    const cache = openCache('memory:', { clock });
    stack.defer(() => cache.close());
    app = stack.use(await startTestApp({ databaseUrl: database.url, clock, cache, serviceId: 'one' }));
    other = stack.use(await startTestApp({ databaseUrl: database.url, clock, cache, serviceId: 'two' }));
  });
  afterAll(() => stack.disposeAsync());

  it('logs in by password, whatever the case of the name, and notes it', async () => {
    const player = await register();
    await clock.advance(5_000);
    const reply = await logIn({ username: player.username.toUpperCase(), password });
    expect(reply.status).toBe(201);
    const session = sessionOf(reply);
    expect(session).toMatchObject({
      token: expect.stringMatching(/^hps_/u),
      playerId: player.id,
      expiresAt: new Date(clock.now() + 7_200_000).toISOString(),
    });
    const self = await app.send('GET', `/v1/players/${player.id}`, { token: session.token });
    expect(playerOf(self).lastLoginAt).toBe(new Date(clock.now()).toISOString());
    expect(await app.cache.counters.read('total_logins')).toBeGreaterThan(0);
  });

  it('accepts the session at every process', async () => {
    const player = await register();
    const { token } = sessionOf(await logIn({ username: player.username, password }));
    const here = await app.send('GET', '/v1/sessions', { token });
    const there = await other.send('GET', '/v1/sessions', { token });
    expect(here.headers['x-served-by']).toBe('one');
    expect(there.headers['x-served-by']).toBe('two');
    expect(currentSessionOf(there)).toEqual(currentSessionOf(here));
    expect(currentSessionOf(here).playerId).toBe(player.id);
    expect((await other.send('DELETE', '/v1/sessions', { token })).status).toBe(204);
    expect((await app.send('GET', '/v1/sessions', { token })).status).toBe(401);
  });

  it('counts who is online', async () => {
    const player = await register();
    const before = await app.cache.counters.read('players_online');
    const { token } = sessionOf(await logIn({ username: player.username, password }));
    expect(await app.cache.counters.read('players_online')).toBe(before + 1);
    await app.send('DELETE', '/v1/sessions', { token });
    expect(await app.cache.counters.read('players_online')).toBe(before);
  });

  it('ends a session after its life', async () => {
    const player = await register();
    const { token } = sessionOf(await logIn({ username: player.username, password }));
    await clock.advance(7_199_000);
    expect((await app.send('GET', '/v1/sessions', { token })).status).toBe(200);
    await clock.advance(1_000);
    expect((await app.send('GET', '/v1/sessions', { token })).status).toBe(401);
  });

  it('says the same of a wrong password, a name nobody has, and a player without a password', async () => {
    const player = await register();
    const silent = await register({ password: undefined });
    const replies = await Promise.all([
      logIn({ username: player.username, password: 'wrong horse battery' }),
      logIn({ username: 'nobody-has-this', password }),
      logIn({ username: silent.username, password }),
    ]);
    const answers = replies.map((reply) => {
      const { code, status, title, detail, retryable } = problemOf(reply);
      return { code, status, title, detail, retryable };
    });
    expect(answers[0]).toMatchObject({ code: 'credentials_rejected', status: 401 });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('logs in by device', async () => {
    const deviceId = 'device-of-somebody-0123456789';
    const player = await register({ deviceId, password: undefined });
    expect(sessionOf(await logIn({ deviceId })).playerId).toBe(player.id);
    expect((await logIn({ deviceId: 'device-of-nobody-0123456789' })).status).toBe(401);
    expect((await app.send('PATCH', `/v1/players/${player.id}`, { body: { deviceId: null } })).status).toBe(
      200,
    );
    expect((await logIn({ deviceId })).status).toBe(401);
  });

  it('lets servers log players in, and nobody else', async () => {
    const player = await register();
    const reply = await logIn({ playerId: player.id });
    const { token } = sessionOf(reply);
    const again = await app.send('POST', '/v1/sessions', { body: { playerId: player.id }, token });
    expect(again.status).toBe(403);
    expect((await logIn({ playerId: '999999' })).status).toBe(404);
  });

  it('lets players read and change only themselves, and never what they are worth', async () => {
    const player = await register();
    const stranger = await register();
    const { token } = sessionOf(await logIn({ username: player.username, password }));
    const own = `/v1/players/${player.id}`;
    expect((await app.send('GET', own, { token })).status).toBe(200);
    expect((await app.send('GET', `${own}/ledger`, { token })).status).toBe(200);
    const renamed = await app.send('PATCH', own, { token, body: { username: `${player.username}-x` } });
    expect(playerOf(renamed).username).toBe(`${player.username}-x`);

    const foreign = `/v1/players/${stranger.id}`;
    const refused = await Promise.all([
      app.send('GET', foreign, { token }),
      app.send('GET', `${foreign}/ledger`, { token }),
      app.send('PATCH', foreign, { token, body: { username: 'mine-now' } }),
      app.send('DELETE', foreign, { token }),
      app.send('PATCH', own, { token, body: { gold: 1 } }),
      app.send('PATCH', own, { token, body: { level: 99 } }),
      app.send('PATCH', own, { token, body: { username: 'fine-name', experience: 5 } }),
      app.send('POST', `${own}/gold`, { token, body: { amount: 1, reason: 'CHEAT' } }),
      app.send('POST', `${own}/restore`, { token }),
      app.send('POST', '/v1/transfers', { token, body: transfer(stranger.id, player.id) }),
      app.send('POST', '/v1/rewards', { token, body: { gold: 1, reason: 'CHEAT' } }),
      app.send('GET', '/v1/players', { token }),
      app.send('GET', '/v1/game-log', { token }),
      app.send('GET', '/v1/audit', { token }),
      app.send('POST', '/v1/players', { token, body: { ...fresh, gold: 5 } }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
    expect(playerOf(await app.send('GET', foreign)).version).toBe(1);
    expect(playerOf(await app.send('GET', own, { token }))).toMatchObject({
      level: 1,
      gold: 0,
      experience: 0,
    });
  });

  it.each(['hps_1.x', `hps_1.${'A'.repeat(43)}`, `hps_${'9'.repeat(70)}.x`, 'hps_', "hps_'; --.x"])(
    'knows no session %j',
    async (token) => {
      const reply = await app.send('GET', '/v1/sessions', { token });
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Bearer');
    },
  );

  it('ends every other session when the password changes, and all of them on demand', async () => {
    const player = await register();
    const tokens: string[] = [];
    for (const _ of [1, 2, 3]) {
      tokens.push(sessionOf(await logIn({ username: player.username, password })).token);
    }
    const [mine = ''] = tokens;
    const statuses = () =>
      Promise.all(tokens.map(async (token) => (await app.send('GET', '/v1/sessions', { token })).status));
    const body = { password: 'another horse battery' };
    expect((await app.send('PATCH', `/v1/players/${player.id}`, { token: mine, body })).status).toBe(200);
    expect(await statuses()).toEqual([200, 401, 401]);
    expect((await logIn({ username: player.username, password })).status).toBe(401);
    expect((await logIn({ username: player.username, ...body })).status).toBe(201);
    expect((await app.send('DELETE', '/v1/sessions?everywhere=true', { token: mine })).status).toBe(204);
    expect(await statuses()).toEqual([401, 401, 401]);
  });

  it('needs a credential for everything when a token is set', async () => {
    const folder = await create();
    await using closed = await startTestApp({ databaseUrl: folder.url, adminToken: 'a-server-token' });
    const player = playerOf(await closed.send('POST', '/v1/players', { body: { ...fresh, password } }));
    const own = `/v1/players/${player.id}`;
    expect((await closed.send('GET', own)).status).toBe(401);
    expect((await closed.send('GET', own, { token: 'wrong-token' })).status).toBe(401);
    expect((await closed.send('GET', '/v1/audit')).status).toBe(401);
    expect((await closed.send('PATCH', own, { body: { level: 2 } })).status).toBe(401);
    expect((await closed.send('GET', own, { token: 'a-server-token' })).status).toBe(200);
    expect((await closed.send('POST', '/v1/players', { body: { ...fresh, gold: 5 } })).status).toBe(403);
    await folder[Symbol.asyncDispose]();
  });
});

describe('sessions without a cache', () => {
  it('serves players from the database, answers 503 to log-ins, and recovers', async () => {
    const [sqlite] = databaseKinds;
    if (sqlite === undefined) throw new Error('SQLite is always there');
    await using database = await sqlite.create();
    const cache = openCache('memory:');
    await using app = await startTestApp({ databaseUrl: database.url, cache });
    const player = playerOf(await app.send('POST', '/v1/players', { body: { ...fresh, password } }));
    await app.send('GET', `/v1/players/${player.id}`);
    const restore = breakStore(cache);

    const login = await app.send('POST', '/v1/sessions', { body: { username: fresh.username, password } });
    expect(login.status).toBe(503);
    expect(problemOf(login)).toMatchObject({ code: 'sessions_unavailable', retryable: true });
    expect(login.headers['retry-after']).toBe('1');
    expect((await app.send('PATCH', `/v1/players/${player.id}`, { body: { level: 9 } })).status).toBe(200);
    expect(playerOf(await app.send('GET', `/v1/players/${player.id}`)).level).toBe(9);

    restore();
    expect(playerOf(await app.send('GET', `/v1/players/${player.id}`)).level).toBe(9);
    await eventually(async () => {
      await app.housekeeping.runOnce();
      expect((await app.database.sql`SELECT * FROM pending_invalidations`).rows).toEqual([]);
    });
    expect(playerOf(await app.send('GET', `/v1/players/${player.id}`)).level).toBe(9);
    const back = await app.send('POST', '/v1/sessions', { body: { username: fresh.username, password } });
    expect(back.status).toBe(201);
    await cache.close();
  });
});

const fresh = { username: 'fresh-player', email: 'fresh@example.com' };

function transfer(from: string, to: string) {
  return { fromPlayerId: from, toPlayerId: to, amount: 1, reason: 'CHEAT' };
}

/** Makes every command of the cache fail as if its server were away; the result mends it. */
function breakStore({ store }: Cache): () => void {
  const run = store.run.bind(store);
  const deleteMatching = store.deleteMatching.bind(store);
  const away = () => Promise.reject(new CacheError('unavailable', 'the test took it away'));
  store.run = away;
  store.deleteMatching = away;
  return () => {
    store.run = run;
    store.deleteMatching = deleteMatching;
  };
}
