import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, startEcho, type TestServer } from '../fixtures/tcp.ts';
import { startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

interface Figures {
  readonly version: string;
  readonly listeners: readonly {
    readonly backends?: readonly Record<string, unknown>[];
    readonly figures: Readonly<Record<string, readonly (number | null)[]>>;
  }[];
}

describe('the figures of all listeners', () => {
  let proxy: TestProxy;
  let echo: TestServer;
  const read = async (known = '') => {
    const { status, body } = await proxy.call('GET', `/v1/figures?known=${known}`);
    expect(status).toBe(200);
    return body as unknown as Figures;
  };

  beforeAll(async () => {
    proxy = await startTestProxy({ config: { workers: 1 } });
    echo = await startEcho();
    await proxy.addBackend('echo', echo.port);
  });

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await echo[Symbol.asyncDispose]();
  });

  it('are columns in the order of the descriptions', async () => {
    await ask(proxy.port, 'abc');
    await proxy.idle();
    const [main] = (await read()).listeners;
    expect(main).toMatchObject({
      name: 'main',
      port: proxy.port,
      strategy: 'round-robin',
      panic: false,
      connections: { total: 1, active: 0, waiting: 0 },
      refused: 0,
      backends: [{ id: 'echo', port: echo.port, state: 'enabled', health: 'up', eligible: true }],
      figures: { activeConnections: [0], totalConnections: [1], failedConnects: [0] },
    });
    expect(main?.figures['bytesToBackend']?.[0]).toBeGreaterThanOrEqual(3);
    expect(main?.figures['p50Ms']).toHaveLength(1);
    proxy.balancer.history.sample();
    expect((await read()).listeners[0]?.figures['p99Ms']?.[0]).toBeGreaterThan(0);
  });

  it('leave out descriptions that are known, until one of them changes', async () => {
    const { version } = await read();
    const again = await read(version);
    expect(again.version).toBe(version);
    expect(again.listeners[0]).not.toHaveProperty('backends');
    expect(again.listeners[0]?.figures['totalConnections']).toEqual([1]);
    await proxy.call('PATCH', '/v1/backends/echo', { weight: 7 });
    const changed = await read(version);
    expect(changed.version).not.toBe(version);
    expect(changed.listeners[0]?.backends).toMatchObject([{ id: 'echo', weight: 7 }]);
  });

  it('need the admin token, and no other parameter', async () => {
    expect((await proxy.call('GET', '/v1/figures?since=1')).status).toBe(400);
    await using guarded = await startTestProxy({ config: { adminToken: 'a-secret-token', workers: 1 } });
    expect((await guarded.call('GET', '/v1/figures')).status).toBe(401);
  });
});
