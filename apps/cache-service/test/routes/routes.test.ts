import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { openApp, sharedApp } from '../support/open-app.ts';

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

describe('/v1/sessions', () => {
  it('creates, validates, lists and ends sessions', async () => {
    const app = await openApp();
    const created = await call(app, 'POST', '/v1/sessions', { playerId: '42', device: 'phone' });
    expect(created).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } });
    const { token, session } = created.body as { token: string; session: { id: string } };
    expect(session).toEqual({
      id: expect.any(String) as string,
      playerId: '42',
      createdAt: iso,
      expiresAt: iso,
      device: 'phone',
    });

    expect(await call(app, 'POST', '/v1/sessions/validations', { token })).toMatchObject({
      status: 200,
      body: session,
    });
    expect(await call(app, 'GET', '/v1/sessions?playerId=42')).toMatchObject({
      status: 200,
      body: { items: [session], nextCursor: null },
    });
    const own = { authorization: `Bearer ${token}` };
    expect(await call(app, 'GET', '/v1/sessions/current', undefined, own)).toMatchObject({
      status: 200,
      body: session,
    });
    expect(await call(app, 'DELETE', '/v1/sessions/current', undefined, own)).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', '/v1/sessions/current', undefined, own)).toMatchObject({ status: 401 });
    expect(await call(app, 'DELETE', '/v1/sessions/current', undefined, own)).toMatchObject({ status: 404 });
    expect(await call(app, 'POST', '/v1/sessions/validations', { token })).toMatchObject({ status: 404 });

    const [one, two] = [
      await call(app, 'POST', '/v1/sessions', { playerId: '42' }),
      await call(app, 'POST', '/v1/sessions', { playerId: '42' }),
    ].map(({ body }) => body as { session: { id: string } });
    expect(await call(app, 'DELETE', `/v1/sessions/42/${one?.session.id}`)).toMatchObject({ status: 204 });
    expect(await call(app, 'DELETE', `/v1/sessions/42/${one?.session.id}`)).toMatchObject({ status: 404 });
    expect(await call(app, 'DELETE', '/v1/sessions?playerId=42')).toMatchObject({
      status: 200,
      body: { revoked: 1 },
    });
    expect(await call(app, 'DELETE', `/v1/sessions/42/${two?.session.id}`)).toMatchObject({ status: 404 });
  });

  it('ends those of a player that began before a time', async () => {
    const clock = new SimulatedClock();
    const app = await openApp({ clock });
    const create = async (playerId: string) => {
      const { body } = await call(app, 'POST', '/v1/sessions', { playerId });
      return (body as { session: { id: string; createdAt: string } }).session;
    };
    await create('42');
    const other = await create('43');
    await clock.advance(1_000);
    const later = await create('42');
    const end = `/v1/sessions?playerId=42&before=${later.createdAt}`;
    expect(await call(app, 'DELETE', end)).toMatchObject({ status: 200, body: { revoked: 1 } });
    expect(await call(app, 'DELETE', end)).toMatchObject({ status: 200, body: { revoked: 0 } });
    expect(await call(app, 'GET', '/v1/sessions?playerId=42')).toMatchObject({ body: { items: [later] } });
    expect(await call(app, 'GET', '/v1/sessions?playerId=43')).toMatchObject({ body: { items: [other] } });
  });

  it('ends the oldest beyond the limit of a player', async () => {
    const clock = new SimulatedClock();
    const app = await openApp({ clock, sessions: { maxPerPlayer: 2 } });
    for (const device of ['phone', 'tablet', 'desk']) {
      await call(app, 'POST', '/v1/sessions', { playerId: '42', device });
      await clock.advance(1_000);
    }
    expect(await call(app, 'GET', '/v1/sessions?playerId=42')).toMatchObject({
      body: { items: [{ device: 'desk' }, { device: 'tablet' }] },
    });
  });
});

describe('/v1/leaderboards', () => {
  it('submits, pages, ranks and removes', async () => {
    const app = await openApp();
    const board = '/v1/leaderboards/weekly:2026-W01';
    expect(await call(app, 'POST', `${board}/scores`, { playerId: '1', score: 10 })).toEqual(
      expect.objectContaining({ status: 200, body: { playerId: '1', score: 10, rank: 1, changed: true } }),
    );
    const scores = Array.from({ length: 9 }, (_, i) => ({ playerId: `p${i}`, score: 100 - i }));
    expect(await call(app, 'POST', `${board}/scores/batch`, { scores })).toMatchObject({ status: 200 });

    const ranks: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await call(app, 'GET', `${board}?limit=4${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const body = page.body as { total: number; items: { rank: number }[]; nextCursor: string | null };
      expect(body.total).toBe(10);
      ranks.push(...body.items.map(({ rank }) => rank));
      cursor = body.nextCursor;
    }
    expect(ranks).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));

    expect(await call(app, 'GET', `${board}/players/1`)).toMatchObject({
      body: { playerId: '1', score: 10, rank: 10, total: 10 },
    });
    expect(await call(app, 'GET', `${board}/players/p4/around?radius=1`)).toMatchObject({
      body: { total: 10, items: [{ playerId: 'p3' }, { playerId: 'p4' }, { playerId: 'p5' }] },
    });
    expect(await call(app, 'GET', `${board}/players?ids=1,p0,nobody`)).toMatchObject({
      body: {
        total: 10,
        items: [
          { playerId: 'p0', rank: 1 },
          { playerId: '1', rank: 10 },
        ],
        nextCursor: null,
      },
    });
    expect(await call(app, 'GET', `${board}/players/nobody`)).toMatchObject({ status: 404 });
    expect(await call(app, 'DELETE', `${board}/players/p4`)).toMatchObject({ status: 204 });
    expect(await call(app, 'DELETE', `${board}/players/p4`)).toMatchObject({ status: 404 });
    expect(await call(app, 'PUT', `${board}/definition`, { operator: 'sum' })).toMatchObject({ status: 409 });
    expect(await call(app, 'DELETE', board)).toMatchObject({ status: 204 });
    expect(await call(app, 'DELETE', board)).toMatchObject({ status: 404 });
    expect(await call(app, 'PUT', `${board}/definition`, { operator: 'sum' })).toMatchObject({ status: 200 });
    expect(await call(app, 'GET', `${board}/definition`)).toMatchObject({
      body: { operator: 'sum', order: 'descending' },
    });
    expect(await call(app, 'GET', board)).toMatchObject({ body: { total: 0, items: [], nextCursor: null } });
  });

  it('answers 422 when a sum leaves ±(2^53 - 1)', async () => {
    const app = await openApp();
    await call(app, 'PUT', '/v1/leaderboards/b/definition', { operator: 'sum' });
    const most = { playerId: '1', score: Number.MAX_SAFE_INTEGER };
    await call(app, 'POST', '/v1/leaderboards/b/scores', most);
    expect(await call(app, 'POST', '/v1/leaderboards/b/scores', most)).toMatchObject({ status: 422 });
  });
});

describe('/v1/leaderboards/{name}/seasons', () => {
  it('schedules seasons and shows them', async () => {
    const app = await openApp();
    const url = '/v1/leaderboards/weekly';
    const monday = { cron: '0 0 * * 1', timeZone: 'Asia/Seoul' };
    expect(await call(app, 'GET', `${url}/schedule`)).toMatchObject({ status: 404 });
    expect(await call(app, 'GET', `${url}/seasons`)).toMatchObject({ body: { current: null, items: [] } });
    expect(await call(app, 'PUT', `${url}/schedule`, monday)).toMatchObject({ status: 200, body: monday });
    expect(await call(app, 'GET', `${url}/schedule`)).toMatchObject({ body: monday });
    expect(await call(app, 'GET', `${url}/seasons`)).toMatchObject({
      status: 200,
      body: { current: { start: iso, end: iso }, items: [], nextCursor: null },
    });
    expect(await call(app, 'GET', `${url}/seasons/1`)).toMatchObject({
      body: { name: 'weekly', total: 0, items: [], nextCursor: null },
    });
    expect(await call(app, 'PUT', `${url}/schedule`, { cron: 'not at all' })).toMatchObject({ status: 400 });
    expect(await call(app, 'DELETE', `${url}/schedule`)).toMatchObject({ status: 204 });
  });
});

describe('/v1/cache/players and /v1/invalidations', () => {
  it('stores, reads and invalidates', async () => {
    const app = await openApp();
    const url = '/v1/cache/players/42';
    expect(await call(app, 'GET', url)).toMatchObject({ status: 404 });
    expect(await call(app, 'PUT', url, { player: { gold: 5, nested: { deep: [1, null] } } })).toMatchObject({
      status: 204,
    });
    expect(await call(app, 'GET', url)).toMatchObject({
      status: 200,
      body: { id: '42', player: { gold: 5, nested: { deep: [1, null] } }, expiresAt: iso },
    });
    expect(await call(app, 'DELETE', url)).toMatchObject({ status: 204 });
    expect(await call(app, 'DELETE', url)).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', url)).toMatchObject({ status: 404 });
  });

  it('fills with a lease unless something was invalidated since', async () => {
    const app = await openApp();
    const url = '/v1/cache/players/42';
    const first = await call(app, 'POST', `${url}/leases`);
    const { lease } = first.body as { lease: string };
    expect(first.status).toBe(201);
    expect(await call(app, 'POST', `${url}/leases`)).toMatchObject({ status: 409 });
    await call(app, 'DELETE', url);
    expect(
      await call(app, 'PUT', url, { player: { gold: 100 } }, { 'if-match': `"${lease}"` }),
    ).toMatchObject({ status: 412 });
    expect(await call(app, 'GET', url)).toMatchObject({ status: 404 });
    const second = (await call(app, 'POST', `${url}/leases`)).body as { lease: string };
    expect(await call(app, 'PUT', url, { player: { gold: 0 } }, { 'if-match': second.lease })).toMatchObject({
      status: 204,
    });
    expect(await call(app, 'GET', url)).toMatchObject({ body: { player: { gold: 0 } } });
  });

  it('invalidates by pattern with a report, and reaches only copies', async () => {
    const app = await openApp();
    for (const id of ['1', '12', '2']) await call(app, 'PUT', `/v1/cache/players/${id}`, { player: { id } });
    await call(app, 'POST', '/v1/counters/c', {});
    expect(await call(app, 'POST', '/v1/invalidations', { pattern: 'player:1*' })).toMatchObject({
      status: 200,
      body: {
        pattern: 'player:1*',
        complete: true,
        deleted: 2,
        shards: [{ shard: 'memory', ok: true, deleted: 2 }],
      },
    });
    expect(await call(app, 'GET', '/v1/cache/players/2')).toMatchObject({ status: 200 });
    expect(await call(app, 'POST', '/v1/invalidations', { pattern: 'counter:*' })).toMatchObject({
      status: 400,
    });
    expect(await call(app, 'GET', '/v1/counters/c')).toMatchObject({ body: { value: 1 } });
  });
});

describe('who may call', () => {
  const token = 'correct-horse-battery';
  const shared = sharedApp({ adminToken: token });

  it.each([
    ['GET', '/v1/cache/players/1'],
    ['DELETE', '/v1/cache/players/1'],
    ['POST', '/v1/cache/players/1/leases'],
    ['GET', '/v1/sessions?playerId=1'],
    ['DELETE', '/v1/sessions?playerId=1'],
    ['GET', '/v1/leaderboards/b'],
    ['DELETE', '/v1/leaderboards/b'],
    ['GET', '/v1/chat/c/messages'],
    ['GET', '/v1/counters/c'],
    ['DELETE', '/v1/counters/c'],
  ] as const)('%s %s needs the service credential', async (method, url) => {
    const app = shared();
    const { token: session } = await app.cache.sessions.create('1');
    expect(await call(app, method, url)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(await call(app, method, url, undefined, { authorization: `Bearer ${session}` })).toMatchObject({
      status: 403,
    });
    expect(await call(app, method, url, undefined, { authorization: 'Bearer wrong-horse' })).toMatchObject({
      status: 403,
    });
    const granted = await call(app, method, url, undefined, { authorization: `Bearer ${token}` });
    expect([200, 201, 204, 404]).toContain(granted.status);
  });

  it.each([
    ['/v1/sessions', { playerId: '1' }],
    ['/v1/sessions/validations', { token: 'x' }],
    ['/v1/leaderboards/b/scores', { playerId: '1', score: 1 }],
    ['/v1/leaderboards/b/scores/batch', { scores: [{ playerId: '1', score: 1 }] }],
    ['/v1/chat/c/messages', { playerId: '1', text: 'x' }],
    ['/v1/counters/c', {}],
    ['/v1/invalidations', { pattern: 'player:*' }],
    ['/v1/store/operations', { operations: [{ name: 'get', keys: ['k'], args: [] }] }],
    ['/v1/store/deletions', { pattern: 'k*' }],
  ])('POST %s needs it too', async (url, body) => {
    const app = shared();
    expect(await call(app, 'POST', url, body)).toMatchObject({ status: 401 });
    expect(await call(app, 'POST', url, body, { authorization: 'Bearer hps_1.x' })).toMatchObject({
      status: 403,
    });
  });
});

it('shows the engine in its metrics', async () => {
  const { server, cache } = await openApp();
  await cache.counters.increment('c');
  const { body } = await server.inject('/metrics');
  expect(body).toContain('hanok_cache_shard_connected{shard="memory"} 1');
  expect(body).toMatch(/^hanok_cache_memory_bytes [1-9]/m);
  expect(body).toMatch(/^hanok_cache_memory_keys 2$/m);
  expect(body).toMatch(/^hanok_cache_memory_evictions_total 0$/m);
});

it('documents its routes', async () => {
  const { server } = await openApp();
  const document = (await server.inject('/docs/json')).json<{
    paths: Record<string, { delete?: { parameters: readonly { name: string }[] } }>;
  }>();
  const endsSessions = document.paths['/v1/sessions']?.delete?.parameters;
  expect(endsSessions?.map(({ name }) => name)).toEqual(['playerId', 'before']);
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/v1/leaderboards/{name}',
      '/v1/chat/{channel}/messages',
      '/v1/counters/{name}',
      '/v1/invalidations',
    ]),
  );
});
