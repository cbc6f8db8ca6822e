import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

describe.each(databaseKinds)('custom player data on $name', ({ create }) => {
  let app: TestApp;
  let stack: AsyncDisposableStack;
  let count = 0;
  const register = async () => {
    count += 1;
    const body = { username: `player-${count}`, email: `player-${count}@example.com` };
    const { id } = playerOf(await app.send('POST', '/v1/players', { body }));
    return { id, path: `/v1/players/${id}/data` };
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl, undoMs: 0 }));
  });
  afterAll(() => stack.disposeAsync());

  it('is empty at first, is replaced by PUT and merged by PATCH', async () => {
    const { path } = await register();
    const empty = await app.send('GET', path);
    expect(empty).toMatchObject({ status: 200, body: {}, headers: { etag: '"0"' } });
    const document = {
      hat: 'gat',
      bag: [1, 'two', null, { three: 3.5 }],
      settings: { music: false },
      한글: '한옥',
    };
    const put = await app.send('PUT', path, { body: document });
    expect(put).toMatchObject({ status: 200, body: document, headers: { etag: '"1"' } });
    const patch = { hat: null, settings: { music: true, sound: 7 } };
    const patched = await app.send('PATCH', path, { body: patch });
    const merged = { bag: document.bag, settings: { music: true, sound: 7 }, 한글: '한옥' };
    expect(patched).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(patched.body).toEqual(merged);
    const read = await app.send('GET', path);
    expect(read.body).toEqual(merged);
    expect((await app.send('GET', path, { headers: { 'if-none-match': '"2"' } })).status).toBe(304);
  });

  it('has versions of its own', async () => {
    const { id, path } = await register();
    const put = (etag: string) => app.send('PUT', path, { body: { n: 1 }, headers: { 'if-match': etag } });
    expect((await put('"1"')).status).toBe(412);
    expect((await put('"0"')).status).toBe(200);
    expect((await put('"0"')).status).toBe(412);
    expect((await put('"1"')).headers['etag']).toBe('"2"');
    expect(playerOf(await app.send('GET', `/v1/players/${id}`)).version).toBe(1);
  });

  it('loses nothing when many patch it at once', async () => {
    const { path } = await register();
    const members = Array.from({ length: 20 }, (_, i) => `member-${i}`);
    await Promise.all(members.map((member) => app.send('PATCH', path, { body: { [member]: true } })));
    expect(Object.keys(Object((await app.send('GET', path)).body)).toSorted()).toEqual(members.toSorted());
  });

  it.each([
    ['too large', { text: 'x'.repeat(16_384) }, 413, 'maxSize'],
    ['too deep', JSON.parse(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`), 400, 'depth'],
    ['beyond a double', '{"n": 1e400}', 400, 'number'],
    ['a list', [1], 400, 'type'],
  ])('refuses a document that is %s', async (_what, body, status, rule) => {
    const { path } = await register();
    for (const method of ['PUT', 'PATCH'] as const) {
      const reply = await app.send(method, path, { body });
      expect(reply.status).toBe(status);
      expect(problemOf(reply).errors).toMatchObject([{ field: 'body', rule }]);
    }
    expect((await app.send('GET', path)).headers['etag']).toBe('"0"');
  });

  it('bounds what merging adds up to', async () => {
    const { path } = await register();
    const patch = (member: string) => app.send('PATCH', path, { body: { [member]: 'x'.repeat(9_000) } });
    expect((await patch('one')).status).toBe(200);
    expect((await patch('two')).status).toBe(413);
    expect((await app.send('GET', path)).headers['etag']).toBe('"1"');
  });

  it('belongs to its player alone, and goes with it', async () => {
    const own = await register();
    const foreign = await register();
    const { token } = sessionOf(await app.send('POST', '/v1/sessions', { body: { playerId: own.id } }));
    expect((await app.send('PUT', own.path, { token, body: { secret: 'diary' } })).status).toBe(200);
    expect((await app.send('GET', foreign.path, { token })).status).toBe(403);
    expect((await app.send('PUT', foreign.path, { token, body: {} })).status).toBe(403);
    await app.send('DELETE', `/v1/players/${own.id}`);
    expect((await app.send('GET', own.path)).status).toBe(404);
    expect((await app.send('PUT', own.path, { body: {} })).status).toBe(404);
    expect(
      (await app.database.sql`SELECT * FROM player_data WHERE player_id = ${Number(own.id)}`).rows,
    ).toEqual([]);
    expect((await app.send('GET', '/v1/players/4711/data')).status).toBe(404);
  });
});
