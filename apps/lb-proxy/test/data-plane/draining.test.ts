import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, isClosed, startEcho, TestClient } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

describe('draining', () => {
  it('gives a draining backend no new connections and leaves the open ones', async () => {
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using proxy = await startTestProxy();
    await proxy.addBackend('a', a.port);
    const old = new TestClient(proxy.port).write('1');
    await eventually(() => old.text === 'a:1');
    await proxy.addBackend('b', b.port);
    await proxy.call('PATCH', '/v1/backends/a', { state: 'draining' });
    const fresh = await Promise.all(Array.from({ length: 4 }, () => ask(proxy.port, 'x')));
    expect(fresh.map(({ bytes }) => bytes.toString())).toEqual(['b:x', 'b:x', 'b:x', 'b:x']);
    old.write('2');
    await eventually(() => old.text === 'a:1a:2');
    await proxy.call('PATCH', '/v1/backends/a', { state: 'disabled' });
    expect((await old.over()).how).toBe('ECONNRESET');
    await proxy.idle();
  });

  it('lets open connections end when the proxy stops, but no longer than the deadline', async () => {
    await using echo = await startEcho('');
    const proxy = await startTestProxy({ config: { drainTimeoutMs: 3_000 } });
    await proxy.addBackend('echo', echo.port);
    const [leaves, stays] = [new TestClient(proxy.port).write('1'), new TestClient(proxy.port).write('2')];
    await eventually(() => leaves.text === '1' && stays.text === '2');
    const stopped = proxy[Symbol.asyncDispose]();
    await eventually(() => isClosed(proxy.port));
    leaves.write('3').end();
    expect((await leaves.over()).bytes.toString()).toBe('13');
    expect((await stays.over()).how).toBe('ECONNRESET');
    await stopped;
  });
});
