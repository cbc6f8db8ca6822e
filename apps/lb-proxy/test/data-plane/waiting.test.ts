import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startEcho, TestClient } from '../fixtures/tcp.ts';
import { readStats, startTestProxy } from '../fixtures/test-proxy.ts';

describe('when there is no room', () => {
  it('lets clients wait for a backend and serves them, bytes sent meanwhile included', async () => {
    await using late = await startEcho('late:');
    await using proxy = await startTestProxy();
    const waiting = ['p', 'q', 'r'].map((message) => new TestClient(proxy.port).write(message).end());
    await eventually(() => proxy.balancer.state.waiting === 3);
    await proxy.addBackend('late', late.port);
    const answers = await Promise.all(waiting.map((client) => client.over()));
    expect(answers.map(({ bytes }) => bytes.toString())).toEqual(['late:p', 'late:q', 'late:r']);
    expect((await readStats(proxy))['connections']).toMatchObject({ queued: 3, waiting: 0 });
    await proxy.idle();
  });

  it('refuses those who have waited too long, and those for whom the queue has no place', async () => {
    await using proxy = await startTestProxy({ config: { queueSize: 2, queueTimeoutMs: 300 } });
    const first = [new TestClient(proxy.port), new TestClient(proxy.port)];
    await eventually(() => proxy.balancer.state.waiting === 2);
    expect((await new TestClient(proxy.port).over()).how).toBe('ECONNRESET');
    const others = await Promise.all(first.map((client) => client.over()));
    expect(others.map(({ how }) => how)).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect((await readStats(proxy))['refused']).toMatchObject({ 'queue-full': 1, 'queue-timeout': 2 });
    await proxy.idle();
  });

  it('forgets a client that goes away while it waits', async () => {
    await using proxy = await startTestProxy();
    const client = new TestClient(proxy.port);
    await eventually(() => proxy.balancer.state.waiting === 1);
    client.socket.resetAndDestroy();
    await proxy.idle();
    expect((await readStats(proxy))['connections']).toMatchObject({ clientGone: 1, active: 0 });
  });

  it("keeps to a backend's connection limit; who waits gets a place as soon as one is free", async () => {
    await using small = await startEcho('small:');
    await using proxy = await startTestProxy();
    await proxy.addBackend('small', small.port, { maxConnections: 2 });
    const inside = [new TestClient(proxy.port).write('1'), new TestClient(proxy.port).write('2')];
    await eventually(() => inside.every((client) => client.text !== ''));
    const outside = new TestClient(proxy.port).write('3');
    await eventually(() => proxy.balancer.state.waiting === 1);
    await inside[0]?.close();
    await eventually(() => outside.text !== '');
    expect(outside.text).toBe('small:3');
    await Promise.all([...inside, outside].map((client) => client.close()));
    await proxy.idle();
  });

  it('refuses beyond the total limit', async () => {
    await using echo = await startEcho('');
    await using proxy = await startTestProxy({ config: { maxConnections: 2 } });
    await proxy.addBackend('echo', echo.port);
    const inside = [new TestClient(proxy.port).write('1'), new TestClient(proxy.port).write('2')];
    await eventually(() => inside.every((client) => client.text !== ''));
    expect((await new TestClient(proxy.port).over()).how).toBe('ECONNRESET');
    expect((await readStats(proxy))['refused']).toMatchObject({ 'connection-limit': 1 });
    await Promise.all(inside.map((client) => client.close()));
    await proxy.idle();
  });
});
