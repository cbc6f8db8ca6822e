import { SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeyPageSchema, newApiKeySchema } from '../src/api-keys/api-key-schemas.ts';
import { SCOPES, type Scope } from '../src/http/principal.ts';
import { bodyOf, playerOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const admin = 'the-admin-token';

describe.each(databaseKinds)('API keys on $name', ({ create }) => {
  let app: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  let playerId = '';
  const make = async (scopes: readonly Scope[], extra: object = {}) => {
    const body = { name: 'match server', scopes, ...extra };
    return bodyOf(newApiKeySchema, await app.send('POST', '/v1/api-keys', { token: admin, body }));
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    clock = new SimulatedClock();
    app = stack.use(await startTestApp({ databaseUrl, clock, adminToken: admin }));
    const body = { username: 'somebody', email: 'somebody@example.com' };
    playerId = playerOf(await app.send('POST', '/v1/players', { body })).id;
  });
  afterAll(() => stack.disposeAsync());

  const attempts: [Scope, 'GET' | 'POST' | 'PATCH', string, object | undefined][] = [
    ['players:read', 'GET', '/v1/players', undefined],
    ['players:read', 'GET', '/v1/players/1', undefined],
    ['players:read', 'GET', '/v1/players/1/ledger', undefined],
    ['players:read', 'GET', '/v1/players/1/data', undefined],
    ['players:write', 'PATCH', '/v1/players/1', { level: 2 }],
    ['players:write', 'PATCH', '/v1/players/1/data', { hat: 'gat' }],
    ['gold:write', 'POST', '/v1/players/1/gold', { amount: 5, reason: 'QUEST' }],
    ['rewards:write', 'POST', '/v1/rewards', { gold: 1, reason: 'BONUS', dryRun: true }],
    ['rewards:read', 'GET', '/v1/rewards', undefined],
    ['rewards:read', 'GET', '/v1/game-log', undefined],
    ['sessions:write', 'POST', '/v1/sessions', { playerId: '1' }],
    ['audit:read', 'GET', '/v1/audit', undefined],
  ];

  it.each(attempts)('%s is what it takes for %s %s', async (scope, method, path, body) => {
    const right = await make([scope]);
    const wrong = await make(SCOPES.filter((each) => each !== scope));
    const send = (key: string) =>
      app.send(method, path, { token: key, ...(body === undefined ? {} : { body }) });
    expect((await send(right.key)).status).toBeLessThan(300);
    const refused = await send(wrong.key);
    expect(refused.status).toBe(403);
    expect(JSON.stringify(refused.body)).toContain(scope);
  });

  it('lets no key set gold without its scope, by whatever route', async () => {
    const { key } = await make(['players:write']);
    const patch = { body: { gold: 5 }, token: key, headers: { 'if-match': '*' } };
    expect((await app.send('PATCH', `/v1/players/${playerId}`, patch)).status).toBe(403);
    const body = { username: 'rich', email: 'rich@example.com', gold: 5 };
    expect((await app.send('POST', '/v1/players', { body, token: key })).status).toBe(403);
  });

  it('lets no key make, read or revoke keys', async () => {
    const { key, id } = await make(SCOPES);
    const body = { name: 'more', scopes: ['gold:write'] };
    expect((await app.send('POST', '/v1/api-keys', { token: key, body })).status).toBe(403);
    expect((await app.send('GET', '/v1/api-keys', { token: key })).status).toBe(403);
    expect((await app.send('DELETE', `/v1/api-keys/${id}`, { token: key })).status).toBe(403);
    expect((await app.send('GET', '/v1/api-keys')).status).toBe(401);
  });

  it('ends a key when it is revoked, and when its time is over', async () => {
    const revoked = await make(['players:read']);
    const expiresAt = new Date(clock.now() + 60_000).toISOString();
    const expiring = await make(['players:read'], { expiresAt });
    const read = async ({ key }: { key: string }) =>
      (await app.send('GET', `/v1/players/${playerId}`, { token: key })).status;
    expect(await Promise.all([read(revoked), read(expiring)])).toEqual([200, 200]);
    expect((await app.send('DELETE', `/v1/api-keys/${revoked.id}`, { token: admin })).status).toBe(204);
    expect((await app.send('DELETE', `/v1/api-keys/${revoked.id}`, { token: admin })).status).toBe(404);
    expect(await read(revoked)).toBe(401);
    await clock.advance(60_000);
    expect(await read(expiring)).toBe(401);
    expect(await read({ key: `hpk_${'A'.repeat(43)}` })).toBe(401);
  });

  it('shows a key once and stores only its hash', async () => {
    const { key, id } = await make(['gold:write']);
    const { items } = bodyOf(apiKeyPageSchema, await app.send('GET', '/v1/api-keys', { token: admin }));
    expect(items.find((each) => each.id === id)).toMatchObject({
      name: 'match server',
      scopes: ['gold:write'],
    });
    const { rows } = await app.database.sql`SELECT * FROM api_keys`;
    expect(JSON.stringify([items, rows])).not.toContain(key.slice(4));
  });

  it.each([
    { name: '', scopes: ['gold:write'] },
    { name: 'x', scopes: [] },
    { name: 'x', scopes: ['everything'] },
    { name: 'x', scopes: 'gold:write' },
    { name: 'x', scopes: ['gold:write'], expiresAt: 'tomorrow' },
    { name: 'x' },
  ])('refuses %j', async (body) => {
    expect((await app.send('POST', '/v1/api-keys', { token: admin, body })).status).toBe(400);
  });
});

describe('an API key on loopback without an admin token', () => {
  it('means no more there than elsewhere', async () => {
    const [sqlite] = databaseKinds;
    if (sqlite === undefined) throw new Error('SQLite is always there');
    await using database = await sqlite.create();
    await using app = await startTestApp({ databaseUrl: database.url });
    const body = { name: 'reader', scopes: ['players:read'] };
    const { key } = bodyOf(newApiKeySchema, await app.send('POST', '/v1/api-keys', { body }));
    expect((await app.send('GET', '/v1/players', { token: key })).status).toBe(200);
    expect((await app.send('GET', '/v1/audit', { token: key })).status).toBe(403);
    expect((await app.send('GET', '/v1/audit')).status).toBe(200);
  });
});
