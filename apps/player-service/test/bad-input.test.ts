import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playerOf, sessionOf } from './support/answers.ts';
import {
  BAD_INTEGER,
  BAD_TEXT,
  faults,
  INJECTION,
  routes,
  TOO_LONG,
  type Route,
} from './support/bad-input.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const withBody = routes.filter(({ body }) => body !== undefined);
const withFields = withBody.filter(({ open }) => open !== true);

describe.each(databaseKinds)('bad input on $name', ({ create }) => {
  let app: TestApp;
  let stack: AsyncDisposableStack;
  let before: unknown;
  const contents = async () => [
    (await app.database.sql`SELECT * FROM players ORDER BY id`).rows,
    (await app.database.sql`SELECT * FROM ledger_entries ORDER BY id`).rows,
    (await app.database.sql`SELECT * FROM game_log ORDER BY id`).rows,
    (await app.database.sql`SELECT * FROM rewards ORDER BY id`).rows,
    (await app.database.sql`SELECT * FROM api_keys ORDER BY id`).rows,
    (await app.database.sql`SELECT * FROM idempotency_keys ORDER BY id`).rows,
  ];
  const send = (
    { method, path }: Route,
    sent: { body?: unknown; query?: string; headers?: Record<string, string> },
  ) => app.send(method, sent.query === undefined ? path : `${path}?${sent.query}`, sent);

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl }));
    for (const name of ['first', 'second']) {
      const body = { username: name, email: `${name}@example.com`, gold: 10 };
      playerOf(await app.send('POST', '/v1/players', { body }));
    }
    before = await contents();
  });
  afterAll(() => stack.disposeAsync());

  it.each(withFields)('$method $path: every field of a wrong type, size or range', async (route) => {
    for (const [field, good] of Object.entries(route.body ?? {})) {
      for (const bad of typeof good === 'number' ? BAD_INTEGER : BAD_TEXT) {
        // Null removes a password, which is a fine thing to ask.
        if (bad === null && field === 'password' && route.method === 'PATCH') continue;
        const reply = await send(route, { body: { ...route.body, [field]: bad } });
        expect(faults(reply, 400, `body.${field}`), `${field}: ${JSON.stringify(bad)?.slice(0, 60)}`).toEqual(
          [],
        );
      }
    }
  });

  it.each(withFields)(
    '$method $path: missing and unknown fields, and bodies that are no objects',
    async (route) => {
      for (const field of route.required ?? []) {
        const body = Object.fromEntries(Object.entries(route.body ?? {}).filter(([name]) => name !== field));
        expect(faults(await send(route, { body }), 400, `body.${field}`), `without ${field}`).toEqual([]);
      }
      expect(
        faults(await send(route, { body: { ...route.body, isAdmin: true } }), 400, 'body.isAdmin'),
        'unknown field',
      ).toEqual([]);
      for (const body of ['[]', '"text"', '5', 'null', 'true']) {
        expect(faults(await send(route, { body }), 400, 'body'), body).toEqual([]);
      }
    },
  );

  it.each(withBody)('$method $path: bodies that cannot be read', async (route) => {
    const text = JSON.stringify(route.body);
    const unreadable: [string, number, string | Uint8Array][] = [
      ['no JSON', 400, '{"username": '],
      ['empty', 400, ''],
      ['trailing text', 400, `${text} x`],
      [
        'bad UTF-8',
        400,
        Buffer.concat([Buffer.from('{"username":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
      ],
      ['a NUL', 400, text.replace(/:"[^"]*"/u, ':"a\\u0000b"')],
      ['half a surrogate pair', 400, text.replace(/:"[^"]*"/u, ':"abc\\ud800"')],
      ['__proto__', 400, `{"__proto__": {"isAdmin": true}, ${text.slice(1)}`],
      ['constructor.prototype', 400, `{"constructor": {"prototype": {}}, ${text.slice(1)}`],
      ['1 MB', 413, JSON.stringify({ ...route.body, username: 'x'.repeat(1_048_576) })],
      ['deep nesting', 400, `{"username": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ];
    for (const [what, status, body] of unreadable)
      expect(faults(await send(route, { body }), status, 'body'), what).toEqual([]);
    const headers = { 'content-type': 'text/plain' };
    expect(
      faults(await send(route, { body: text, headers }), 415, 'headers.content-type'),
      'text/plain',
    ).toEqual([]);
    expect(faults(await send(route, {}), 400, 'body'), 'no body').toEqual([]);
  });

  it.each(routes.filter(({ query }) => query))(
    '$method $path: every query value out of its rule',
    async (route) => {
      for (const [name, values] of Object.entries(route.query ?? {})) {
        for (const value of values) {
          const query = `${name}=${value.startsWith('%') || value.includes('%00') ? value : encodeURIComponent(value)}`;
          expect(faults(await send(route, { query }), 400, `query.${name}`), query.slice(0, 60)).toEqual([]);
        }
      }
      expect(faults(await send(route, { query: 'admin=1' }), 400, 'query.admin'), 'unknown query').toEqual(
        [],
      );
    },
  );

  it.each(routes.filter(({ path }) => path.includes('/1')))(
    '$method $path: ids that belong to nobody',
    async (route) => {
      for (const id of ['9007199254740993', '9223372036854775807', '9999999999999999999', '4711']) {
        const reply = await app.send(route.method, route.path.replace('/1', `/${id}`), { body: route.body });
        expect(faults(reply, 404, undefined), id).toEqual([]);
      }
      for (const id of [
        '0',
        '-1',
        'abc',
        '1.0',
        '1e3',
        '01',
        '%00',
        encodeURIComponent(INJECTION),
        '1%20OR%201=1',
        '%F0%9F%98%80',
        '9'.repeat(20),
      ]) {
        const reply = await app.send(route.method, route.path.replace('/1', `/${id}`), { body: route.body });
        expect(faults(reply, 400, 'params.id'), id).toEqual([]);
      }
    },
  );

  it.each(routes.filter(({ method }) => method !== 'GET'))('$method $path: unusable keys', async (route) => {
    for (const key of ['', 'x'.repeat(129), 'with space', 'ünicode']) {
      const reply = await send(route, { body: route.body, headers: { 'idempotency-key': key } });
      expect(faults(reply, 400, 'headers.idempotency-key'), key).toEqual([]);
    }
  });

  it.each([
    ['username', ['ab', 'x'.repeat(33), ' bob', 'bo\u200bb', 'bob\u202e', 'line\nbreak', '---']],
    ['email', ['bob', 'bob@', '@example.com', 'bob@localhost', 'a b@example.com', 'bob@example.com\n']],
    ['password', ['short', 'x'.repeat(129), 'with\ttab inside']],
  ])('POST and PATCH refuse a bad %s by name and rule', async (field, values) => {
    for (const value of values) {
      const created = { username: 'valid-name', email: 'valid@example.com', [field]: value };
      expect(
        faults(await app.send('POST', '/v1/players', { body: created }), 400, `body.${field}`),
        value,
      ).toEqual([]);
      expect(
        faults(await app.send('PATCH', '/v1/players/1', { body: { [field]: value } }), 400, `body.${field}`),
        value,
      ).toEqual([]);
    }
  });

  it('treats injections as the text they are', async () => {
    for (const text of [
      INJECTION,
      '1 OR 1=1',
      '*',
      'player:*',
      '\\',
      '%',
      '_',
      '${7*7}',
      '{{7*7}}',
      '../../etc',
    ]) {
      const encoded = encodeURIComponent(text);
      expect((await app.send('GET', `/v1/players?usernamePrefix=${encoded}`)).body).toEqual({
        items: [],
        nextCursor: null,
      });
      expect((await app.send('GET', `/v1/players?email=${encoded}`)).body).toEqual({
        items: [],
        nextCursor: null,
      });
      const login = await app.send('POST', '/v1/sessions', { body: { username: text, password: text } });
      expect(faults(login, 401, undefined), text).toEqual([]);
      expect(
        faults(await app.send('POST', '/v1/sessions', { body: { deviceId: text } }), 401, undefined),
        text,
      ).toEqual([]);
    }
  });

  it('refuses more than one way to log in, and none', async () => {
    const both = { username: 'first', password: 'correct horse', deviceId: 'device-0123456789' };
    expect(
      faults(await app.send('POST', '/v1/sessions', { body: both }), 400, 'body.username'),
      'both',
    ).toEqual([]);
    expect(
      faults(await app.send('POST', '/v1/sessions', { body: {} }), 400, 'body.username'),
      'none',
    ).toEqual([]);
  });

  it('refuses empty ranges of levels', async () => {
    expect(
      faults(await app.send('GET', '/v1/players?minLevel=5&maxLevel=4'), 400, 'query.maxLevel'),
      'range',
    ).toEqual([]);
    const body = { minLevel: 5, maxLevel: 4, gold: 1, reason: 'GOLD_BONUS' };
    expect(faults(await app.send('POST', '/v1/rewards', { body }), 400, 'body.maxLevel'), 'range').toEqual(
      [],
    );
  });

  it('refuses a cursor of another list', async () => {
    const page = await app.send('GET', '/v1/players?limit=1');
    const cursor = String(Object(page.body).nextCursor);
    expect(
      faults(await app.send('GET', `/v1/game-log?cursor=${cursor}`), 400, 'query.cursor'),
      cursor,
    ).toEqual([]);
  });

  it('knows no other routes and methods', async () => {
    for (const path of [
      '/',
      '/v1',
      '/v1/player',
      '/v1/players/1/gold/1',
      '/v2/players',
      '/v1/../etc/passwd',
    ]) {
      expect(faults(await app.send('GET', path), 404, undefined), path).toEqual([]);
    }
    for (const [method, path] of [
      ['PUT', '/v1/players'],
      ['DELETE', '/v1/players'],
      ['POST', '/v1/players/1'],
      ['GET', '/v1/players/1/gold'],
      ['PATCH', '/v1/sessions'],
      ['PUT', '/v1/rewards'],
      ['POST', '/v1/game-log'],
      ['DELETE', '/v1/audit'],
    ] as const) {
      const reply = await app.send(method, path);
      expect(faults(reply, 405, undefined), `${method} ${path}`).toEqual([]);
      expect(reply.headers['allow']).toBeTruthy();
    }
    expect(faults(await app.send('GET', '/v1/players/%ff'), 400, undefined), 'bad percent-encoding').toEqual(
      [],
    );
    expect(faults(await app.send('GET', '/v1/players/%zz'), 400, undefined), 'bad percent-encoding').toEqual(
      [],
    );
  });

  it('knows no bad bearers', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', `Bearer hps_${TOO_LONG}`]) {
      const reply = await app.send('GET', '/v1/sessions', { headers: { authorization } });
      expect(faults(reply, 401, undefined), authorization).toEqual([]);
    }
  });

  it('has written nothing in all this, and still serves good requests', async () => {
    expect(await contents()).toEqual(before);
    const player = playerOf(await app.send('GET', '/v1/players/1'));
    expect(player.username).toBe('first');
    expect(sessionOf(await app.send('POST', '/v1/sessions', { body: { playerId: '2' } })).playerId).toBe('2');
  });
});
