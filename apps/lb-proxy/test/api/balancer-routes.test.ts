import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDINGS, REFUSALS } from '../../src/data-plane/outcomes.ts';
import { ask, startEcho, type TestServer } from '../fixtures/tcp.ts';
import { readStats, startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

describe('the balancer over HTTP', () => {
  let proxy: TestProxy;
  let echo: TestServer;
  let other: TestServer;

  beforeAll(async () => {
    proxy = await startTestProxy({ config: { workers: 1 } });
    [echo, other] = await Promise.all([startEcho(), startEcho()]);
    await proxy.addBackend('echo', echo.port);
  });

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await echo[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  it('shows and changes the strategy', async () => {
    expect((await proxy.call('GET', '/v1/strategy')).body).toMatchObject({ name: 'round-robin' });
    const { status, body } = await proxy.call('PUT', '/v1/strategy', { name: 'peak-ewma' });
    expect(status).toBe(200);
    expect(body['name']).toBe('peak-ewma');
    expect(body['available']).toContain('weighted-response-time');
    for (const bad of [
      { name: 'fastest' },
      {},
      { name: 1 },
      { name: 'random', x: 1 },
      { name: 'Round-Robin' },
    ]) {
      const answer = await proxy.call('PUT', '/v1/strategy', bad);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body['errors'])).toMatch(/body\.(name|x)/);
    }
    expect((await proxy.call('GET', '/v1/strategy')).body['name']).toBe('peak-ewma');
  });

  it('counts what happens', async () => {
    const before = await readStats(proxy);
    await Promise.all([ask(proxy.port, 'a'), ask(proxy.port, 'bc')]);
    await proxy.idle();
    const after = await readStats(proxy);
    const totals = [before, after].map((stats) => (stats['connections'] as { total: number }).total);
    expect((totals[1] ?? 0) - (totals[0] ?? 0)).toBe(2);
    expect(after).toMatchObject({
      connections: { active: 0, waiting: 0 },
      refused: { 'connection-limit': 0, 'queue-full': 0, 'queue-timeout': 0, 'connect-failed': 0 },
      workers: { configured: 1, running: 1, crashes: 0 },
      panic: false,
      discovery: { connected: false },
      backends: [{ id: 'echo', health: 'up', activeConnections: 0 }],
    });
  });

  it('explains how a strategy sees the backends, without changing its turn', async () => {
    await proxy.addBackend('other', other.port);
    await proxy.call('PATCH', '/v1/backends/other', { state: 'draining' });
    const url = '/v1/explain?source=10.1.2.3&strategy=least-connections';
    const { status, body } = await proxy.call('GET', url);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      source: '10.1.2.3',
      strategy: 'least-connections',
      backends: [
        { id: 'echo', standing: 'candidate', reason: null, score: 1 },
        { id: 'other', standing: 'not-eligible', reason: 'it is draining', score: null },
      ],
    });
    expect((await proxy.call('GET', url)).body).toEqual(body);
    await proxy.call('DELETE', '/v1/backends/other');
    for (const query of [
      '',
      '?source=me',
      '?source=1.2.3.4&strategy=x',
      '?source=1.2.3.4&x=1',
      '?source=1.2.3.4.5',
    ]) {
      expect((await proxy.call('GET', `/v1/explain${query}`)).status).toBe(400);
    }
  });

  it('shows metrics with bounded labels', async () => {
    await ask(proxy.port, 'a');
    await proxy.idle();
    const { body: text } = await proxy.app.server.inject('/metrics');
    expect(text).toMatch(/^lb_connections_total\{listener="main"\} [1-9]/m);
    expect(text).toMatch(/^lb_connections_active\{listener="main"\} 0$/m);
    expect(text).toMatch(/^lb_refused_total\{listener="main",reason="queue-full"\} 0$/m);
    expect(text).toMatch(/^lb_backend_up\{listener="main",backend="echo"\} 1$/m);
    expect(text).toMatch(/^lb_backend_sent_bytes_total\{listener="main",backend="echo"\} [1-9]/m);
    expect(text).toMatch(/^# TYPE lb_connections_total counter$/m);
    const { refused, ended } = await readStats(proxy);
    for (const [name, reasons] of [
      ['lb_refused_total', REFUSALS],
      ['lb_ended_total', ENDINGS],
    ] as const) {
      const shown = [...text.matchAll(new RegExp(`^${name}\\{listener="main",reason="([a-z-]+)"\\}`, 'gm'))];
      expect(shown.map(([, reason]) => reason)).toEqual([...reasons]);
    }
    expect([Object.keys(refused as object), Object.keys(ended as object)]).toEqual([REFUSALS, ENDINGS]);
    const again = (await proxy.app.server.inject('/metrics')).body;
    const total = (page: string) => /^lb_connections_total\{.*\} (\d+)/m.exec(page)?.[1];
    expect(total(again)).toBe(total(text));
  });

  it('is ready while a worker accepts, and documents itself', async () => {
    await eventually(async () => (await proxy.call('GET', '/readyz')).status === 200);
    const { body } = await proxy.call('GET', '/docs/json');
    expect(Object.keys(body['paths'] as object)).toEqual(
      expect.arrayContaining([
        '/v1/backends',
        '/v1/backends/{id}',
        '/v1/strategy',
        '/v1/stats',
        '/v1/explain',
      ]),
    );
  });

  it('answers unknown routes and methods with problems', async () => {
    expect((await proxy.call('GET', '/v1/nothing')).status).toBe(404);
    expect((await proxy.call('DELETE', '/v1/strategy')).status).toBe(405);
  });
});

describe('admin token', () => {
  it('is needed on every route once it is set', async () => {
    await using proxy = await startTestProxy({ config: { adminToken: 'a-secret-token', workers: 1 } });
    const routes: [string, string, object?][] = [
      ['GET', '/v1/backends'],
      ['POST', '/v1/backends', { id: 'x', host: 'a', port: 1 }],
      ['PATCH', '/v1/backends/x', { weight: 1 }],
      ['DELETE', '/v1/backends/x'],
      ['GET', '/v1/strategy'],
      ['PUT', '/v1/strategy', { name: 'random' }],
      ['GET', '/v1/stats'],
      ['GET', '/v1/explain?source=1.2.3.4'],
    ];
    const statusOf = async ([method, url, payload]: (typeof routes)[number], authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      const request = {
        method: method as 'GET',
        url,
        headers,
        ...(payload === undefined ? {} : { payload }),
      };
      return (await proxy.app.server.inject(request)).statusCode;
    };
    const without = await Promise.all(routes.map((route) => statusOf(route)));
    expect(without).toEqual(routes.map(() => 401));
    const wrong = await Promise.all(routes.map((route) => statusOf(route, 'Bearer nonsense')));
    expect(wrong).toEqual(routes.map(() => 403));
    expect(await statusOf(['GET', '/v1/stats'], 'Bearer a-secret-token')).toBe(200);
  });
});
