import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, startEcho, TestClient } from '../fixtures/tcp.ts';
import { readStats, startTestProxy } from '../fixtures/test-proxy.ts';

describe('limits for each source', () => {
  it('refuses connections beyond the number allowed at once, over all workers', async () => {
    await using echo = await startEcho();
    await using proxy = await startTestProxy({ config: { maxConnectionsPerSource: 3 } });
    await proxy.addBackend('echo', echo.port);
    const inside = Array.from({ length: 3 }, () => new TestClient(proxy.port).write('x'));
    await eventually(() => inside.every((client) => client.text === 'x'));
    expect((await new TestClient(proxy.port).over()).how).toBe('ECONNRESET');
    await inside[0]?.close();
    await eventually(() => proxy.balancer.state.open === 2);
    expect((await ask(proxy.port, 'y')).bytes.toString()).toBe('y');
    expect((await readStats(proxy))['refused']).toMatchObject({ 'source-connection-limit': 1 });
    await Promise.all(inside.map((client) => client.close()));
    await proxy.idle();
  });

  it('refuses connections that come too fast', async () => {
    await using echo = await startEcho();
    await using proxy = await startTestProxy({ config: { acceptRatePerSource: 5 } });
    await proxy.addBackend('echo', echo.port);
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(proxy.port, 'x')));
    const served = answers.filter(({ bytes }) => bytes.toString() === 'x').length;
    expect(served).toBeGreaterThanOrEqual(3);
    expect(served).toBeLessThanOrEqual(20);
    const { refused } = await readStats(proxy);
    expect(refused).toMatchObject({ 'source-rate-limit': 30 - served });
    await proxy.idle();
  });
});
