import { SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const password = 'correct horse battery';

describe.each(databaseKinds)('refresh tokens on $name', ({ create }) => {
  let app: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  let count = 0;
  const remember = async (of?: { username: string }) => {
    count += 1;
    const username = of?.username ?? `player-${count}`;
    const body = { username, email: `${username}@example.com`, password };
    if (of === undefined) playerOf(await app.send('POST', '/v1/players', { body }));
    const credentials = { username, password, remember: true };
    return {
      username,
      ...withRefresh(sessionOf(await app.send('POST', '/v1/sessions', { body: credentials }))),
    };
  };
  const refresh = (refreshToken: string) =>
    app.send('POST', '/v1/sessions/refresh', { body: { refreshToken } });
  const statusOf = async (token: string) => (await app.send('GET', '/v1/sessions', { token })).status;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    clock = new SimulatedClock();
    app = stack.use(await startTestApp({ databaseUrl, clock, undoMs: 0 }));
  });
  afterAll(() => stack.disposeAsync());

  it('are given only on request', async () => {
    const { username } = await remember();
    const plain = await app.send('POST', '/v1/sessions', { body: { username, password } });
    expect(sessionOf(plain).refreshToken).toBeUndefined();
  });

  it('bring the next session and the next token, and end the session before', async () => {
    const first = await remember();
    await clock.advance(7_200_000);
    expect(await statusOf(first.token)).toBe(401);
    const second = withRefresh(sessionOf(await refresh(first.refreshToken)));
    expect(second.playerId).toBe(first.playerId);
    expect(await statusOf(second.token)).toBe(200);
    const third = withRefresh(sessionOf(await refresh(second.refreshToken)));
    expect(await Promise.all([second.token, third.token].map((token) => statusOf(token)))).toEqual([
      401, 200,
    ]);
  });

  it('end their whole family when one comes a second time', async () => {
    const first = await remember();
    const elsewhere = await remember(first);
    const second = withRefresh(sessionOf(await refresh(first.refreshToken)));
    const stolen = await refresh(first.refreshToken);
    expect(problemOf(stolen)).toMatchObject({ status: 401, code: 'refresh_token_reused' });
    expect(await statusOf(second.token)).toBe(401);
    expect(problemOf(await refresh(second.refreshToken)).code).toBe('credentials_rejected');
    expect(await statusOf(elsewhere.token), 'another family').toBe(200);
    expect((await refresh(elsewhere.refreshToken)).status).toBe(201);
  });

  it('let one of many through that come at once', async () => {
    const { refreshToken, playerId } = await remember();
    const replies = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(7);
    expect(await app.cache.sessions.list(playerId), 'all sessions ended: it was used twice').toEqual([]);
  });

  it('end with log-out, with log-out everywhere, with the password and with the player', async () => {
    const out = await remember();
    await app.send('DELETE', '/v1/sessions', { token: out.token });
    expect((await refresh(out.refreshToken)).status).toBe(401);

    const here = await remember();
    const there = await remember(here);
    const path = `/v1/players/${here.playerId}`;
    await app.send('PATCH', path, { token: here.token, body: { password: 'another horse battery' } });
    expect((await refresh(there.refreshToken)).status).toBe(401);
    const again = withRefresh(sessionOf(await refresh(here.refreshToken)));
    await app.send('DELETE', '/v1/sessions?everywhere=true', { token: again.token });
    expect((await refresh(again.refreshToken)).status).toBe(401);

    const gone = await remember();
    await app.send('DELETE', `/v1/players/${gone.playerId}`);
    expect((await refresh(gone.refreshToken)).status).toBe(401);
    const { rows } = await app.database
      .sql`SELECT 1 FROM refresh_tokens WHERE player_id = ${Number(gone.playerId)}`;
    expect(rows).toEqual([]);
  });

  it('expire, are forgotten, and are stored as hashes', async () => {
    const { refreshToken } = await remember();
    const { rows } = await app.database.sql`SELECT * FROM refresh_tokens`;
    expect(JSON.stringify(rows)).not.toContain(refreshToken.slice(4));
    await clock.advance(600_000_000);
    expect((await refresh(refreshToken)).status).toBe(401);
    await app.housekeeping.runOnce();
    expect((await app.database.sql`SELECT * FROM refresh_tokens`).rows).toEqual([]);
  });

  it.each(['hpr_unknown', "'; --", 'hps_1.x'])('is not %j', async (token) => {
    expect((await refresh(token)).status).toBe(401);
  });
});

function withRefresh<T extends { refreshToken?: string }>(session: T) {
  if (session.refreshToken === undefined) throw new Error('no refresh token was given');
  return { ...session, refreshToken: session.refreshToken };
}
