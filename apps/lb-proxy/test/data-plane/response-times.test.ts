import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, startServer, TestClient } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

describe('response times', () => {
  it('measures to the first byte of the answer', async () => {
    await using slow = await startServer((socket) => {
      socket.once('data', (chunk) => {
        void sleep(120).then(() => socket.end(chunk));
      });
    });
    await using proxy = await startTestProxy();
    await proxy.addBackend('slow', slow.port);
    await ask(proxy.port, 'x');
    await proxy.idle();
    const { body } = await proxy.call('GET', '/v1/backends/slow');
    expect(body['averageResponseTimeMs']).toBeGreaterThanOrEqual(118);
    // The bucket of 118 ms begins at 107.6 ms.
    expect(body['p50ResponseTimeMs']).toBeGreaterThanOrEqual(107);
    expect(body['p99ResponseTimeMs']).toBeGreaterThanOrEqual(body['p50ResponseTimeMs'] as number);
    const { body: metrics } = await proxy.app.server.inject('/metrics');
    const series = (suffix: string) => `lb_backend_response_time_seconds${suffix}`;
    expect(metrics).toContain(`# TYPE ${series('')} histogram`);
    expect(metrics).toContain(`${series('_bucket')}{listener="main",backend="slow",le="0.064"} 0`);
    expect(metrics).toContain(`${series('_bucket')}{listener="main",backend="slow",le="+Inf"} 1`);
    expect(metrics).toContain(`${series('_count')}{listener="main",backend="slow"} 1`);
  });

  it('counts a request that is never answered as at least as slow as the client was patient', async () => {
    await using silent = await startServer(() => undefined);
    await using proxy = await startTestProxy({ config: { halfClosedTimeoutMs: 50 } });
    await proxy.addBackend('silent', silent.port);
    const client = new TestClient(proxy.port).write('anyone?');
    await eventually(() => silent.sockets.some((socket) => socket.bytesRead > 0));
    await sleep(100);
    await client.close();
    await eventually(async () => {
      const { body } = await proxy.call('GET', '/v1/backends/silent');
      expect(body['averageResponseTimeMs']).toBeGreaterThanOrEqual(90);
    });
  });
});
