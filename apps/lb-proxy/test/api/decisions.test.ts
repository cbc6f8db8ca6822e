import { freePort } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, startEcho } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

interface Item {
  readonly backend: string | null;
  readonly source: string;
  readonly strategy: string;
  readonly failedBefore: number;
  readonly backends: { id: string; standing: string; score: number | null }[];
}

describe('/v1/decisions', () => {
  it('tells where connections went and by which scores, retries included', async () => {
    await using alive = await startEcho();
    const dead = await freePort();
    await using proxy = await startTestProxy({
      config: { workers: 2, strategy: 'least-connections', ejectAfterFailures: 0 },
      probe: (host) => Promise.resolve({ address: host, check: { ok: true, tookMs: 1 } }),
    });
    await proxy.addBackend('alive', alive.port);
    await proxy.addBackend('dead', dead);
    for (let turn = 0; turn < 8; turn += 1) await ask(proxy.port, 'x');
    const list = async (query = '') =>
      (await proxy.call('GET', `/v1/decisions${query}`)).body['items'] as Item[];
    const items = await list();
    expect(items.length).toBeGreaterThanOrEqual(9);
    for (const item of items)
      expect(item).toMatchObject({ source: '127.0.0.1', strategy: 'least-connections' });
    const retry = items.find((item) => item.failedBefore === 1);
    expect(retry).toMatchObject({
      backend: 'alive',
      backends: [
        { id: 'alive', standing: 'candidate', score: 1 },
        { id: 'dead', standing: 'excluded', reason: 'it failed this connection before', score: null },
      ],
    });
    expect(await list('?limit=3')).toHaveLength(3);
    expect(await list('?source=10.9.9.9')).toEqual([]);
    await proxy.call('PATCH', '/v1/backends/dead', { state: 'draining' });
    await ask(proxy.port, 'x');
    expect((await list('?limit=1'))[0]).toMatchObject({
      backends: [
        { id: 'alive', standing: 'candidate', reason: null },
        { id: 'dead', standing: 'not-eligible', reason: 'it is draining' },
      ],
    });
    await proxy.call('DELETE', '/v1/backends/dead');
    expect((await list()).some((item) => item.backend === '(removed)')).toBe(true);
    for (const query of ['?limit=0', '?limit=501', '?limit=x', '?colour=red']) {
      expect((await proxy.call('GET', `/v1/decisions${query}`)).status).toBe(400);
    }
  });
});
