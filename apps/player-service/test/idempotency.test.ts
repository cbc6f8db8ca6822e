import { SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../src/writes/fingerprint.ts';
import { auditOf, playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

describe.each(databaseKinds)('idempotency keys on $name', ({ create }) => {
  let app: TestApp;
  let other: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  let count = 0;
  const newPlayer = () => {
    count += 1;
    return { username: `player-${count}`, email: `player-${count}@example.com` };
  };
  const register = async (extra: object = {}) =>
    playerOf(await app.send('POST', '/v1/players', { body: { ...newPlayer(), ...extra } }));
  const keyed = (key: string) => ({ 'idempotency-key': key });
  const goldOf = async (id: string) => playerOf(await app.send('GET', `/v1/players/${id}`)).gold;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    clock = new SimulatedClock();
    app = stack.use(
      await startTestApp({ databaseUrl, clock, idempotencyTtlMs: 60_000, isCacheShared: true }),
    );
    other = stack.use(await startTestApp({ databaseUrl, clock, idempotencyTtlMs: 60_000, cache: app.cache }));
  });
  afterAll(() => stack.disposeAsync());

  it('answers a repeated creation with the first player, at every process', async () => {
    const sent = { body: newPlayer(), headers: keyed('create-1') };
    const first = await app.send('POST', '/v1/players', sent);
    const second = await other.send('POST', '/v1/players', sent);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    for (const name of ['etag', 'location']) expect(second.headers[name]).toBe(first.headers[name]);
    expect({ status: second.status, body: second.body }).toEqual({ status: 201, body: first.body });
  });

  it('repeats changes, deletions and payments without doing them again', async () => {
    const { id } = await register();
    const path = `/v1/players/${id}`;
    const requests = [
      ['POST', `${path}/gold`, { amount: 10, reason: 'QUEST' }],
      ['PATCH', path, { level: 9 }],
      ['DELETE', path, undefined],
      ['POST', `${path}/restore`, undefined],
    ] as const;
    for (const [method, url, body] of requests) {
      const sent = { headers: keyed(`repeat-${method}-${url}`), ...(body === undefined ? {} : { body }) };
      const first = await app.send(method, url, sent);
      const second = await app.send(method, url, sent);
      expect(first.status).toBeLessThan(300);
      expect({ status: second.status, body: second.body }).toEqual({
        status: first.status,
        body: first.body,
      });
      expect(second.headers['idempotency-replayed']).toBe('true');
    }
    expect(await goldOf(id)).toBe(10);
  });

  it('pays once when many copies of a request arrive together, at both processes', async () => {
    const { id } = await register();
    const sent = { body: { amount: 7, reason: 'QUEST' }, headers: keyed('together') };
    const replies = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        (i % 2 === 0 ? app : other).send('POST', `/v1/players/${id}/gold`, sent),
      ),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(replies.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await goldOf(id)).toBe(7);
  });

  it.each([
    ['body', 'POST', { amount: 6, reason: 'QUEST' }, {}],
    ['If-Match', 'POST', { amount: 5, reason: 'QUEST' }, { 'if-match': '"1"' }],
  ] as const)('refuses a key with another %s', async (what, method, body, headers) => {
    const { id } = await register();
    const path = `/v1/players/${id}/gold`;
    const key = keyed(`other-${what}`);
    await app.send(method, path, { body: { amount: 5, reason: 'QUEST' }, headers: key });
    const reused = await app.send(method, path, { body, headers: { ...key, ...headers } });
    expect(reused.status).toBe(409);
    expect(problemOf(reused)).toMatchObject({ code: 'idempotency_key_reused', retryable: false });
    expect(await goldOf(id)).toBe(5);
  });

  it('refuses a key with another path, and takes members in any order as the same body', async () => {
    const [one, two] = [await register(), await register()];
    const headers = keyed('paths');
    await app.send('POST', `/v1/players/${one.id}/gold`, { body: { amount: 5, reason: 'QUEST' }, headers });
    const elsewhere = await app.send('POST', `/v1/players/${two.id}/gold`, {
      body: { amount: 5, reason: 'QUEST' },
      headers,
    });
    expect(elsewhere.status).toBe(409);
    const reordered = await app.send('POST', `/v1/players/${one.id}/gold`, {
      body: { reason: 'QUEST', amount: 5 },
      headers,
    });
    expect(reordered.headers['idempotency-replayed']).toBe('true');
  });

  it('remembers no refusal: the same request may succeed later', async () => {
    const { id } = await register();
    const sent = { body: { amount: -5, reason: 'SHOP' }, headers: keyed('later') };
    expect((await app.send('POST', `/v1/players/${id}/gold`, sent)).status).toBe(409);
    await app.send('POST', `/v1/players/${id}/gold`, { body: { amount: 5, reason: 'QUEST' } });
    expect((await app.send('POST', `/v1/players/${id}/gold`, sent)).status).toBe(201);
    expect(await goldOf(id)).toBe(0);
  });

  it('keeps the keys of different callers apart', async () => {
    const players = [await register(), await register()];
    for (const { id } of players) {
      const { token } = sessionOf(await app.send('POST', '/v1/sessions', { body: { playerId: id } }));
      const body = { username: `renamed-${id}` };
      const reply = await app.send('PATCH', `/v1/players/${id}`, { token, body, headers: keyed('same') });
      expect(reply.status).toBe(200);
      expect(reply.headers['idempotency-replayed']).toBeUndefined();
    }
  });

  it('forgets a key after its time', async () => {
    const { id } = await register();
    const sent = { body: { amount: 3, reason: 'QUEST' }, headers: keyed('expiring') };
    const pay = () => app.send('POST', `/v1/players/${id}/gold`, sent);
    await pay();
    await clock.advance(59_999);
    expect((await pay()).headers['idempotency-replayed']).toBe('true');
    await clock.advance(1);
    const replies = await Promise.all([pay(), pay(), pay()]);
    expect(replies.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(await goldOf(id)).toBe(6);
    await clock.advance(60_000);
    await app.housekeeping.runOnce();
    expect((await app.database.sql`SELECT id FROM idempotency_keys`).rows).toEqual([]);
  });

  it('has paid nobody twice', async () => {
    expect(auditOf(await app.send('GET', '/v1/audit')).balanced).toBe(true);
  });

  it('stores nothing a password could be guessed from', async () => {
    const headers = keyed('secret');
    const body = { ...newPlayer(), password: 'correct horse battery', deviceId: 'device-0123456789-secret' };
    await app.send('POST', '/v1/players', { body, headers });
    const { rows } = await app.database.sql`SELECT * FROM idempotency_keys`;
    expect(JSON.stringify(rows)).not.toMatch(/horse|0123456789-secret/u);
  });
});

describe('fingerprintOf', () => {
  const parts = { method: 'POST', path: '/v1/players', ifMatch: undefined };

  it('does not depend on what the secrets are, only on whether they are there', () => {
    const of = (body: object) => fingerprintOf({ ...parts, body });
    expect(of({ username: 'bob', password: 'a' })).toBe(of({ username: 'bob', password: 'b' }));
    expect(of({ username: 'bob', password: 'a' })).not.toBe(of({ username: 'bob' }));
    expect(of({ username: 'bob', password: null })).not.toBe(of({ username: 'bob', password: 'a' }));
  });
});
