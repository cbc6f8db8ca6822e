import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const adminToken = 'token-of-the-servers';
const password = 'correct horse battery';

describe.each(databaseKinds.slice(0, 1))('play on $name', ({ create }) => {
  let app: TestApp;
  let stack: AsyncDisposableStack;
  let mina: { id: string; token: string };
  let jun: { id: string; token: string };

  const join = async (username: string) => {
    const body = { username, email: `${username}@example.com`, password };
    const { id } = playerOf(await app.send('POST', '/v1/players', { body }));
    const { token } = sessionOf(await app.send('POST', '/v1/sessions', { body: { username, password } }));
    return { id, token };
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl, adminToken }));
    mina = await join('mina');
    jun = await join('jun');
  });
  afterAll(() => stack.disposeAsync());

  it('ranks the scores that players submit for themselves', async () => {
    const submit = (token: string, score: number) =>
      app.send('POST', '/v1/leaderboards/weekly/scores', { token, body: { score } });
    expect((await submit(mina.token, 1_500)).body).toMatchObject({ playerId: mina.id, rank: 1 });
    expect((await submit(jun.token, 1_700)).body).toMatchObject({ playerId: jun.id, rank: 1 });
    const board = await app.send('GET', '/v1/leaderboards/weekly?limit=10', { token: mina.token });
    expect(board.body).toMatchObject({
      total: 2,
      items: [
        { playerId: jun.id, score: 1_700, rank: 1 },
        { playerId: mina.id, score: 1_500, rank: 2 },
      ],
    });
  });

  it('lets nobody submit for another but the servers', async () => {
    const path = '/v1/leaderboards/monthly/scores';
    const body = { playerId: jun.id, score: 1 };
    expect((await app.send('POST', path, { token: mina.token, body })).status).toBe(403);
    expect((await app.send('POST', path, { body })).status).toBe(401);
    expect((await app.send('POST', path, { token: 'hps_forged', body })).status).toBe(401);
    expect((await app.send('POST', path, { token: adminToken, body })).status).toBe(200);
  });

  it('carries chat in order, signed by the session', async () => {
    for (const [{ token }, text] of [
      [mina, 'hello'],
      [jun, 'hi'],
    ] as const) {
      const reply = await app.send('POST', '/v1/chat/world/messages', { token, body: { text } });
      expect(reply.status).toBe(201);
    }
    const { body } = await app.send('GET', '/v1/chat/world/messages?limit=50', { token: mina.token });
    expect(body).toMatchObject({
      items: [
        { playerId: mina.id, text: 'hello' },
        { playerId: jun.id, text: 'hi' },
      ],
    });
  });

  it('counts for servers only', async () => {
    const count = (token: string) => app.send('POST', '/v1/counters/matches', { token, body: { by: 2 } });
    expect((await count(mina.token)).status).toBe(403);
    expect((await count(adminToken)).body).toMatchObject({ value: 2 });
    expect((await count(adminToken)).body).toMatchObject({ value: 4 });
  });

  it('names the field and rule of what it refuses', async () => {
    const token = mina.token;
    const refused = await app.send('POST', '/v1/leaderboards/weekly/scores', {
      token,
      body: { score: 1e300 },
    });
    expect(problemOf(refused)).toMatchObject({ status: 400, errors: [{ field: 'body.score' }] });
    const injected = await app.send('GET', '/v1/chat/world%0d%0aFLUSHALL/messages', { token });
    expect(problemOf(injected)).toMatchObject({ status: 400, errors: [{ field: 'params.channel' }] });
  });

  it('does what comes again under its key once, whatever it is', async () => {
    const token = adminToken;
    const keyed = (key: string) => ({ 'idempotency-key': key });
    const count = (key: string, by = 5) =>
      app.send('POST', '/v1/counters/rounds-played', { token, body: { by }, headers: keyed(key) });
    const replies = await Promise.all([count('one'), count('one'), count('one')]);
    // Those that come while the first is under way are told to wait.
    for (const reply of replies.filter(({ status }) => status !== 200)) {
      expect(problemOf(reply)).toMatchObject({ status: 409, code: 'request_in_progress', retryable: true });
    }
    const again = await count('one');
    expect([again.status, again.body, again.headers['idempotency-replayed']]).toEqual([
      200,
      { name: 'rounds-played', value: 5 },
      'true',
    ]);
    expect(problemOf(await count('one', 6)).code).toBe('idempotency_key_reused');
    expect((await count('two')).body).toMatchObject({ value: 10 });

    const say = () =>
      app.send('POST', '/v1/chat/once/messages', {
        token: mina.token,
        body: { text: 'gg' },
        headers: keyed('say'),
      });
    expect((await say()).body).toEqual((await say()).body);
    const { body } = await app.send('GET', '/v1/chat/once/messages', { token: mina.token });
    expect(body).toMatchObject({ items: [{ text: 'gg' }] });
  });

  it('remembers no refusal, and does nothing again that a crash left in doubt', async () => {
    const headers = { 'idempotency-key': 'refused-or-lost' };
    const post = (token: string, body: object) =>
      app.send('POST', '/v1/counters/doubtful', { token, body, headers });
    expect((await post(mina.token, { by: 1 })).status).toBe(403);
    expect((await post(mina.token, { by: 2 })).status).toBe(403);
    expect((await post(adminToken, { by: 1 })).status).toBe(200);
    // As if the process had died between taking the key and keeping the answer.
    await app.database.sql`UPDATE idempotency_keys SET status = 0 WHERE id LIKE 'server:%' AND status = 200`;
    expect(problemOf(await post(adminToken, { by: 1 })).code).toBe('request_in_progress');
    const { body } = await app.send('GET', '/v1/counters/doubtful', { token: adminToken });
    expect(body).toMatchObject({ value: 1 });
  });
});
