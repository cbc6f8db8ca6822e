import { SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, ledgerOf, playerOf, playersOf, problemOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

describe.each(databaseKinds)('players on $name', ({ create }) => {
  let app: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  let count = 0;
  const register = async (extra: object = {}) => {
    count += 1;
    const body = { username: `player-${count}`, email: `player-${count}@example.com`, ...extra };
    const reply = await app.send('POST', '/v1/players', { body });
    expect(reply.status).toBe(201);
    return playerOf(reply);
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const database = stack.use(await create());
    clock = new SimulatedClock();
    app = stack.use(await startTestApp({ databaseUrl: database.url, clock, undoMs: 60_000 }));
  });
  afterAll(() => stack.disposeAsync());

  it('creates a player with the defaults of the chapter', async () => {
    const body = { username: 'Ｈong', email: 'Hong@Example.com' };
    const reply = await app.send('POST', '/v1/players', { body });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^[1-9]\d*$/u),
      username: 'Hong',
      email: 'Hong@example.com',
      level: 1,
      experience: 0,
      gold: 0,
      createdAt: new Date(clock.now()).toISOString(),
      lastLoginAt: null,
      version: 1,
    });
    expect(reply.headers).toMatchObject({ etag: '"1"', location: `/v1/players/${playerOf(reply).id}` });
    const read = await app.send('GET', `/v1/players/${playerOf(reply).id}`);
    expect(read.body).toEqual(reply.body);
    expect(read.headers['etag']).toBe('"1"');
  });

  it.each([
    ['username', { username: 'TAKEN-name' }, 'username_taken'],
    ['username', { username: 'ｔaken-name' }, 'username_taken'],
    ['email', { email: 'TAKEN@example.com' }, 'email_taken'],
    ['deviceId', { deviceId: 'device-0123456789abcdef' }, 'device_taken'],
  ])('refuses a second player with the same %s: %j', async (field, same, code) => {
    if (count < 100) {
      count = 100;
      const deviceId = 'device-0123456789abcdef';
      await register({ username: 'taken-name', email: 'taken@example.com', deviceId });
    }
    const before = await app.send('GET', '/v1/audit');
    const body = { username: 'somebody-else', email: 'else@example.com', ...same };
    const reply = await app.send('POST', '/v1/players', { body });
    expect(reply.status).toBe(409);
    expect(reply.body).toMatchObject({ code, errors: [{ field: `body.${field}`, rule: 'unique' }] });
    expect((await app.send('GET', '/v1/audit')).body).toEqual(before.body);
  });

  it('patches what is given, leaves the rest, and counts versions', async () => {
    const player = await register();
    const patched = await app.send('PATCH', `/v1/players/${player.id}`, {
      body: { level: 7, experience: 12 },
    });
    expect(patched.status).toBe(200);
    expect(patched.body).toEqual({ ...player, level: 7, experience: 12, version: 2 });
    expect(patched.headers['etag']).toBe('"2"');
    expect((await app.send('GET', `/v1/players/${player.id}`)).body).toEqual(patched.body);
  });

  it('accepts a patch as JSON merge patch by its own media type', async () => {
    const player = await register();
    const headers = { 'content-type': 'application/merge-patch+json' };
    const reply = await app.send('PATCH', `/v1/players/${player.id}`, { body: { level: 3 }, headers });
    expect(reply.body).toMatchObject({ level: 3 });
  });

  it('refuses a change based on an older version, and changes nothing', async () => {
    const player = await register();
    const path = `/v1/players/${player.id}`;
    const patch = (level: number, etag: string) =>
      app.send('PATCH', path, { body: { level }, headers: { 'if-match': etag } });
    expect((await patch(2, '"1"')).status).toBe(200);
    const stale = await patch(3, '"1"');
    expect(stale.status).toBe(412);
    expect(problemOf(stale).code).toBe('version_conflict');
    expect((await patch(4, 'W/"2"')).status).toBe(412);
    expect((await patch(5, '*')).status).toBe(200);
    expect((await patch(6, '"1", "3"')).status).toBe(200);
    expect(problemOf(await patch(7, 'three')).errors).toMatchObject([{ field: 'headers.if-match' }]);
    expect((await app.send('GET', path)).body).toMatchObject({ level: 6, version: 4 });
  });

  it('sets gold only against a version, and books the difference', async () => {
    const player = await register({ gold: 50 });
    const path = `/v1/players/${player.id}`;
    const blind = await app.send('PATCH', path, { body: { gold: 80 } });
    expect(blind.status).toBe(428);
    const set = await app.send('PATCH', path, { body: { gold: 80 }, headers: { 'if-match': '"1"' } });
    expect(set.body).toMatchObject({ gold: 80, version: 2 });
    const ledger = await app.send('GET', `${path}/ledger`);
    expect(ledgerOf(ledger).items).toMatchObject([
      { amount: 30, balanceAfter: 80, reason: 'ADJUSTMENT' },
      { amount: 50, balanceAfter: 50, reason: 'INITIAL_BALANCE' },
    ]);
  });

  it('answers 304 to a reader who has the current version', async () => {
    const player = await register();
    const read = (etag: string) =>
      app.send('GET', `/v1/players/${player.id}`, { headers: { 'if-none-match': etag } });
    expect(await read('"1"')).toMatchObject({ status: 304, body: undefined });
    expect(await read('"2"')).toMatchObject({ status: 200 });
  });

  it('deletes softly, restores within the window, and erases after it', async () => {
    const secrets = { username: 'Forget-me', email: 'forget@example.com', password: 'correct horse' };
    const player = await register({ ...secrets, gold: 10 });
    const path = `/v1/players/${player.id}`;
    const headers = { 'idempotency-key': 'forget-1' };
    await app.send('PATCH', path, { body: { level: 2 }, headers });
    expect((await app.send('DELETE', path)).status).toBe(204);
    expect((await app.send('GET', path)).status).toBe(404);
    expect((await app.send('DELETE', path)).status).toBe(404);
    expect(
      (await app.send('POST', '/v1/sessions', { body: { username: 'forget-me', password: 'correct horse' } }))
        .status,
    ).toBe(401);

    expect((await app.send('POST', `${path}/restore`)).body).toMatchObject({
      username: 'Forget-me',
      gold: 10,
    });
    expect((await app.send('GET', path)).status).toBe(200);

    await app.send('DELETE', path);
    await clock.advance(60_000);
    await app.housekeeping.runOnce();
    expect((await app.send('POST', `${path}/restore`)).status).toBe(404);
    const left = JSON.stringify([
      (await app.database.sql`SELECT * FROM players WHERE id = ${Number(player.id)}`).rows,
      (await app.database.sql`SELECT * FROM idempotency_keys`).rows,
    ]);
    expect(left).not.toMatch(/forget/iu);
    expect(auditOf(await app.send('GET', '/v1/audit')).balanced).toBe(true);
    await register({ username: 'forget-ME', email: 'forget@example.com' });
  });

  it('searches by level, name and address, page by page', async () => {
    for (const level of [20, 21, 22, 23, 24]) await register({ username: `ＳearchEd-${level}`, level });
    const search = async (query: string) => {
      const found: number[] = [];
      for (let cursor = ''; ;) {
        const page = playersOf(await app.send('GET', `/v1/players?${query}&limit=2${cursor}`));
        expect(page.items.length).toBeLessThanOrEqual(2);
        found.push(...page.items.map(({ level }) => level));
        if (page.nextCursor === null) return found;
        cursor = `&cursor=${page.nextCursor}`;
      }
    };
    expect(await search('minLevel=20')).toEqual([20, 21, 22, 23, 24]);
    expect(await search('minLevel=21&maxLevel=23')).toEqual([21, 22, 23]);
    expect(await search('usernamePrefix=SEARCHed-2')).toEqual([20, 21, 22, 23, 24]);
    expect(await search('usernamePrefix=searched-21')).toEqual([21]);
    expect(await search('usernamePrefix=%25')).toEqual([]);
    expect(await search('email=TAKEN@example.com')).toEqual([1]);
    expect(await search('email=nobody@example.com')).toEqual([]);
  });

  it('searches in the order of names, else of levels, else of ids', async () => {
    const made = [];
    for (const [name, level] of [
      ['order-c', 32],
      ['order-a', 33],
      ['order-b', 31],
    ] as const) {
      made.push((await register({ username: name, level })).username);
    }
    const names = async (query: string) =>
      playersOf(await app.send('GET', `/v1/players?${query}`)).items.map(({ username }) => username);
    expect(await names('usernamePrefix=order-&minLevel=31')).toEqual(['order-a', 'order-b', 'order-c']);
    expect(await names('minLevel=31&maxLevel=33')).toEqual(['order-b', 'order-c', 'order-a']);
    expect((await names('limit=100')).slice(-3)).toEqual(made);
  });
});
