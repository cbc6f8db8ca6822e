import * as fc from 'fast-check';
import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEcho, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

describe('/v1/backends', () => {
  let proxy: TestProxy;
  let echo: TestServer;

  beforeAll(async () => {
    proxy = await startTestProxy({ config: { workers: 1 } });
    echo = await startEcho();
  });

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await echo[Symbol.asyncDispose]();
  });

  it('adds, shows, lists, changes and removes a backend', async () => {
    const created = await proxy.call('POST', '/v1/backends', {
      id: 'one',
      host: '127.0.0.1',
      port: echo.port,
    });
    expect(created.status).toBe(201);
    expect(created.headers['location']).toBe('/v1/backends/one');
    expect(created.body).toMatchObject({
      id: 'one',
      weight: 1,
      maxConnections: 0,
      state: 'enabled',
      source: 'api',
      activeConnections: 0,
      totalConnections: 0,
      failedConnects: 0,
      averageResponseTimeMs: null,
    });
    const shown = await eventually(async () => {
      const { body } = await proxy.call('GET', '/v1/backends/one');
      return body['health'] === 'up' && body;
    });
    expect(shown).toMatchObject({ eligible: true, address: '127.0.0.1' });
    expect(shown['lastCheckAt']).toMatch(/^\d{4}-\d\d-\d\dT/);
    const { body: list } = await proxy.call('GET', '/v1/backends');
    expect(list).toMatchObject({ items: [{ id: 'one' }], nextCursor: null });
    const changed = await proxy.call('PATCH', '/v1/backends/one', { weight: 7, maxConnections: 9 });
    expect(changed).toMatchObject({ status: 200, body: { weight: 7, maxConnections: 9, state: 'enabled' } });
    expect((await proxy.call('DELETE', '/v1/backends/one')).status).toBe(204);
    expect((await proxy.call('GET', '/v1/backends/one')).status).toBe(404);
  });

  it('removes a backend with or without its open connections', async () => {
    await proxy.addBackend('kept', echo.port);
    const kept = new TestClient(proxy.port).write('1');
    await eventually(() => kept.text === '1');
    await proxy.call('DELETE', '/v1/backends/kept');
    kept.write('2');
    await eventually(() => kept.text === '12');
    await kept.close();
    await proxy.addBackend('cut', echo.port);
    const cut = new TestClient(proxy.port).write('1');
    await eventually(() => cut.text === '1');
    await proxy.call('DELETE', '/v1/backends/cut?closeConnections=true');
    expect((await cut.over()).how).toBe('ECONNRESET');
    await proxy.idle();
  });

  it('refuses a taken id or address with 409', async () => {
    const one = { id: 'one', host: '127.0.0.1', port: echo.port };
    await proxy.call('POST', '/v1/backends', one);
    const sameId = await proxy.call('POST', '/v1/backends', { ...one, port: 1 });
    expect(sameId).toMatchObject({
      status: 409,
      body: { code: 'backend_exists', errors: [{ field: 'body.id' }] },
    });
    const sameAddress = await proxy.call('POST', '/v1/backends', { ...one, id: 'two' });
    expect(sameAddress).toMatchObject({ status: 409, body: { code: 'backend_address_taken' } });
    await proxy.call('DELETE', '/v1/backends/one');
  });

  it('does not remove what discovery would bring back', async () => {
    proxy.balancer.discovery.nodesChanged([
      { id: 'found', host: '127.0.0.1', port: echo.port, state: 'ready', alive: true, metadata: {} },
    ]);
    const answer = await proxy.call('DELETE', '/v1/backends/found');
    expect(answer).toMatchObject({ status: 409, body: { errors: [{ field: 'params.id' }] } });
    expect((await proxy.call('PATCH', '/v1/backends/found', { state: 'draining' })).status).toBe(200);
    proxy.balancer.backends.remove('found');
  });

  const valid = { id: 'x', host: '127.0.0.1', port: 80 };
  const bad: [string, object, string][] = [
    ['a missing id', { host: 'a', port: 1 }, 'body.id'],
    ['a missing host', { id: 'x', port: 1 }, 'body.host'],
    ['a missing port', { id: 'x', host: 'a' }, 'body.port'],
    ['an unknown field', { ...valid, colour: 'red' }, 'body.colour'],
    ['a port as text', { ...valid, port: '80' }, 'body.port'],
    ['port 0', { ...valid, port: 0 }, 'body.port'],
    ['port 65536', { ...valid, port: 65_536 }, 'body.port'],
    ['a fractional port', { ...valid, port: 80.5 }, 'body.port'],
    ['a huge port', { ...valid, port: 1e300 }, 'body.port'],
    ['weight 0', { ...valid, weight: 0 }, 'body.weight'],
    ['weight 257', { ...valid, weight: 257 }, 'body.weight'],
    ['a negative limit', { ...valid, maxConnections: -1 }, 'body.maxConnections'],
    ['an unknown state', { ...valid, state: 'gone' }, 'body.state'],
    ['an id with a slash', { ...valid, id: '../etc' }, 'body.id'],
    ['an id of 65 characters', { ...valid, id: 'x'.repeat(65) }, 'body.id'],
    ['an empty id', { ...valid, id: '' }, 'body.id'],
    ['SQL in the id', { ...valid, id: "x'; DROP TABLE backends;--" }, 'body.id'],
    ['a host with a space', { ...valid, host: 'a b' }, 'body.host'],
    ['an IPv4 address out of range', { ...valid, host: '256.1.1.1' }, 'body.host'],
    ['half an IPv6 address', { ...valid, host: ':::' }, 'body.host'],
    ['a host of 300 characters', { ...valid, host: 'h'.repeat(300) }, 'body.host'],
    ['a list', [valid], 'body'],
  ];

  it.each(bad)('refuses %s with 400 and names the field', async (_, body, field) => {
    const answer = await proxy.call('POST', '/v1/backends', body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect((answer.body['errors'] as { field: string }[]).map((error) => error.field)).toContain(field);
    expect((await proxy.call('GET', '/v1/backends')).body['items']).toEqual([]);
  });

  it('refuses bad changes, ids and queries', async () => {
    await proxy.call('POST', '/v1/backends', { ...valid, id: 'one', port: echo.port });
    const answers = await Promise.all([
      proxy.call('PATCH', '/v1/backends/one', {}),
      proxy.call('PATCH', '/v1/backends/one', { port: 9 }),
      proxy.call('PATCH', '/v1/backends/one', { weight: null }),
      proxy.call('GET', '/v1/backends/%20'),
      proxy.call('DELETE', '/v1/backends/one?closeConnections=maybe'),
      proxy.call('DELETE', '/v1/backends/one?force=1'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400]);
    const unknown = await Promise.all([
      proxy.call('GET', '/v1/backends/nobody'),
      proxy.call('PATCH', '/v1/backends/nobody', { weight: 2 }),
      proxy.call('DELETE', '/v1/backends/nobody'),
    ]);
    expect(unknown.map(({ status }) => status)).toEqual([404, 404, 404]);
    await proxy.call('DELETE', '/v1/backends/one');
  });

  it('never answers anything with 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.constantFrom('POST', 'PUT', 'PATCH'), async (value, method) => {
        const url =
          method === 'PUT' ? '/v1/strategy' : method === 'POST' ? '/v1/backends' : '/v1/backends/zzz';
        const answer = await proxy.app.server.inject({
          method: method as 'POST',
          url,
          headers: { 'content-type': 'application/json' },
          payload: JSON.stringify(value),
        });
        expect(answer.statusCode).toBeGreaterThanOrEqual(400);
        expect(answer.statusCode).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });
});
