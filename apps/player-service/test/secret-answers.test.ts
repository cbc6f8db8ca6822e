import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seal, unseal } from '../src/writes/sealed-answer.ts';
import { playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type Reply, type TestApp } from './support/test-app.ts';

const password = 'correct horse battery';

describe.each(databaseKinds)('answers that show a secret, on $name', ({ name, create }) => {
  let app: TestApp;
  let other: TestApp;
  let stack: AsyncDisposableStack;
  let databaseUrl = '';
  let count = 0;
  let playerId = '';
  /** As random as keys must be. */
  const newKey = () => {
    count += 1;
    return `key-${count}-2f8e41b7-55c0-4a1e`;
  };
  const post = (path: string, body: object | undefined, key: string | undefined, on = app) =>
    on.send('POST', path, {
      ...(body === undefined ? {} : { body }),
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const logIn = (more: object = {}, key?: string, on = app) =>
    post('/v1/sessions', { username: 'hong', password, ...more }, key, on);
  const isAlive = async (token: string) => (await app.send('GET', '/v1/sessions', { token })).status === 200;
  const refreshTokenOf = (reply: Reply) => sessionOf(reply).refreshToken ?? '';
  const sessionCount = async () => (await app.cache.sessions.list(playerId)).length;
  /** Everything the database holds, as far as it can be read. */
  const stored = async () => {
    const { rows } = await app.database.sql`SELECT * FROM idempotency_keys`;
    const tables = JSON.stringify(rows);
    if (name === 'PostgreSQL') {
      const more = await app.database
        .sql`SELECT CAST(r AS TEXT) AS r, CAST(k AS TEXT) AS k FROM refresh_tokens r, api_keys k`;
      return tables + JSON.stringify(more.rows);
    }
    const folder = dirname(databaseUrl.slice('sqlite:'.length));
    return (
      tables +
      readdirSync(folder)
        .map((file) => readFileSync(`${folder}/${file}`, 'latin1'))
        .join('')
    );
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    ({ url: databaseUrl } = stack.use(await create()));
    app = stack.use(await startTestApp({ databaseUrl, isCacheShared: true }));
    other = stack.use(await startTestApp({ databaseUrl, cache: app.cache }));
    const body = {
      username: 'hong',
      email: 'hong@example.com',
      password,
      deviceId: 'device-of-hong-0123456789',
    };
    playerId = playerOf(await post('/v1/players', body, undefined)).id;
  });
  afterAll(() => stack.disposeAsync());

  it('are repeated to who has the key, at every process, and read by nobody else', async () => {
    const { refreshToken } = sessionOf(await logIn({ remember: true }));
    const endpoint = { url: 'https://example.com/hook', eventTypes: ['player.created'] };
    const requests: [string, object | undefined][] = [
      ['/v1/sessions', { username: 'hong', password, remember: true }],
      ['/v1/sessions', { deviceId: 'device-of-hong-0123456789' }],
      ['/v1/sessions/refresh', { refreshToken }],
      ['/v1/api-keys', { name: 'match server', scopes: ['gold:write'] }],
      ['/v1/webhook-endpoints', endpoint],
      ['/v1/webhook-endpoints/1/secret', undefined],
    ];
    const secrets: string[] = [];
    for (const [path, body] of requests) {
      const key = newKey();
      const first = await post(path, body, key);
      const second = await post(path, body, key, other);
      expect(first.status, path).toBe(201);
      expect({ status: second.status, body: second.body }, path).toEqual({ status: 201, body: first.body });
      expect(second.headers['idempotency-replayed'], path).toBe('true');
      expect(second.headers['cache-control'], path).toBe('no-store');
      secrets.push(...(JSON.stringify(first.body).match(/(?:hps|hpk|hpr|whsec)_[^"]+/gu) ?? []));
      expect(await stored()).not.toContain(key);
    }
    expect(secrets).toHaveLength(8);
    const all = await stored();
    const rows = JSON.stringify((await app.database.sql`SELECT * FROM idempotency_keys`).rows);
    for (const secret of secrets) {
      // Deliveries are signed with the secrets of webhooks, so their own table has them; the kept answers do not.
      expect(secret.startsWith('whsec_') ? rows : all).not.toContain(secret);
    }
  });

  it.each([
    ['/v1/sessions', { username: 'hong', password }],
    ['/v1/sessions/refresh', { refreshToken: 'hpr_nobody' }],
    ['/v1/api-keys', { name: 'match server', scopes: ['gold:write'] }],
    ['/v1/webhook-endpoints', { url: 'https://example.com/hook', eventTypes: ['player.created'] }],
    ['/v1/webhook-endpoints/1/secret', undefined],
  ])('need a key that is long enough: %s', async (path, body) => {
    const reply = await post(path, body, 'fifteen-letters');
    expect(reply.status).toBe(400);
    expect(problemOf(reply).errors?.map(({ field }) => field)).toContain('headers.idempotency-key');
  });

  it("take the credentials again, and are each player's own", async () => {
    const key = newKey();
    const { token } = sessionOf(await logIn({}, key));
    expect((await logIn({ password: 'wrong horse' }, key)).status).toBe(401);
    await post('/v1/players', { username: 'kim', email: 'kim@example.com', password }, undefined);
    const kim = sessionOf(await logIn({ username: 'kim' }, key));
    expect(kim.token).not.toBe(token);
    expect((await logIn({ remember: true }, key)).status, 'another request').toBe(409);
  });

  it('leave one session however often a log-in comes, also at once', async () => {
    const before = await sessionCount();
    const key = newKey();
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, i) => logIn({}, key, i % 2 === 0 ? app : other)),
    );
    expect(new Set(replies.map((reply) => sessionOf(reply).token)).size).toBe(1);
    expect(await sessionCount()).toBe(before + 1);
    expect(await isAlive(sessionOf(await logIn({}, key)).token)).toBe(true);
  });

  it('make a repeated refresh safe: it is no theft under the same key', async () => {
    const refreshToken = refreshTokenOf(await logIn({ remember: true }));
    const key = newKey();
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        post('/v1/sessions/refresh', { refreshToken }, key, i % 2 === 0 ? app : other),
      ),
    );
    replies.push(await post('/v1/sessions/refresh', { refreshToken }, key));
    expect(new Set(replies.map(refreshTokenOf)).size).toBe(1);
    const [reply] = replies;
    if (reply === undefined) throw new Error('no reply');
    expect(await isAlive(sessionOf(reply).token)).toBe(true);
    const next = await post('/v1/sessions/refresh', { refreshToken: refreshTokenOf(reply) }, newKey());
    expect(next.status).toBe(201);
    // Under another key it is a second use.
    expect((await post('/v1/sessions/refresh', { refreshToken }, newKey())).status).toBe(401);
    expect(await isAlive(sessionOf(next).token)).toBe(false);
    expect(
      (await post('/v1/sessions/refresh', { refreshToken: refreshTokenOf(next) }, newKey())).status,
    ).toBe(401);
  });

  it('are not needed to log out twice with the same answer', async () => {
    const { token } = sessionOf(await logIn());
    const logOut = (headers: Record<string, string>) =>
      app.send('DELETE', '/v1/sessions', { token, headers });
    const keyed = { 'idempotency-key': newKey() };
    expect((await logOut(keyed)).status).toBe(204);
    const again = await logOut(keyed);
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([204, 'true']);
    expect((await logOut({})).status).toBe(401);
  });
});

describe('seal', () => {
  it('opens with its key and place only, and no changed byte is taken for an answer', () => {
    const sealed = seal('{"token":"안녕"}', 'a key of enough letters', 'place');
    expect(unseal(sealed, 'a key of enough letters', 'place')).toBe('{"token":"안녕"}');
    expect(() => unseal(sealed, 'another key', 'place')).toThrow(/authenticate/u);
    expect(() => unseal(sealed, 'a key of enough letters', 'elsewhere')).toThrow(/authenticate/u);
    for (const at of [8, 30, 50, sealed.length - 2]) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      expect(() => unseal(changed, 'a key of enough letters', 'place'), String(at)).toThrow(/authenticate/u);
    }
    expect(seal('x', 'k', 'p')).not.toBe(seal('x', 'k', 'p'));
  });
});
