import type { Worker } from 'node:worker_threads';
import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, startEcho, TestClient } from '../fixtures/tcp.ts';
import { readStats, startTestProxy } from '../fixtures/test-proxy.ts';

describe('workers', () => {
  it('replaces one that crashes; the connections of the others go on and the counts stay right', async () => {
    const threads: Worker[] = [];
    const remember = (worker: Worker): void => void threads.push(worker);
    process.on('worker', remember);
    await using echo = await startEcho('');
    await using proxy = await startTestProxy({ config: { workers: 2 } });
    process.off('worker', remember);
    await proxy.addBackend('echo', echo.port);
    const clients = Array.from({ length: 24 }, (_, index) => new TestClient(proxy.port).write(`${index} `));
    await eventually(() => clients.every((client) => client.text !== ''));
    // A command it cannot understand throws inside the worker, as any defect would.
    threads[0]?.postMessage({ type: 'endpoint' }, []);
    await eventually(() => proxy.balancer.workers.crashes === 1);
    await eventually(() => proxy.balancer.workers.running === 2);
    const cut = clients.filter((client) => client.socket.closed || client.socket.readableEnded);
    const alive = clients.filter((client) => !cut.includes(client));
    expect(alive.length).toBeGreaterThan(0);
    for (const client of alive) client.write('still');
    await eventually(() => alive.every((client) => client.text.endsWith('still')));
    expect(proxy.balancer.state.open).toBe(alive.length);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(proxy.port, 'after')));
    expect(answers.map(({ bytes }) => bytes.toString())).toEqual(answers.map(() => 'after'));
    await Promise.all(clients.map((client) => client.close()));
    await proxy.idle();
    expect((await readStats(proxy))['workers']).toEqual({ configured: 2, running: 2, crashes: 1 });
  });

  it('relays in one worker where threads cannot share a port', async () => {
    await using echo = await startEcho('');
    await using proxy = await startTestProxy({ config: { workers: 4 }, sharePort: false });
    await proxy.addBackend('echo', echo.port);
    expect((await ask(proxy.port, 'hi')).bytes.toString()).toBe('hi');
    expect((await readStats(proxy))['workers']).toEqual({ configured: 1, running: 1, crashes: 0 });
  });
});
