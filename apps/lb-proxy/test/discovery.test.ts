import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { FakeRegistry } from './fixtures/fake-registry.ts';
import { ask, startEcho } from './fixtures/tcp.ts';
import { startTestProxy } from './fixtures/test-proxy.ts';

describe('discovery over the network', () => {
  it('takes backends from the registry, keeps them while it is away, and follows it when it is back', async () => {
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using registry = await FakeRegistry.start();
    registry.setNodes([{ id: 'a', port: a.port }]);
    await using proxy = await startTestProxy({ config: { coordinatorUrls: [registry.url], workers: 1 } });
    const eligible = async () => {
      const { items } = (await proxy.call('GET', '/v1/backends')).body as {
        items: { id: string; eligible: boolean; source: string }[];
      };
      return items.filter((item) => item.eligible && item.source === 'discovery').map((item) => item.id);
    };
    await eventually(async () => expect(await eligible()).toEqual(['a']));
    expect((await ask(proxy.port, '1')).bytes.toString()).toBe('a:1');

    await registry.interrupt();
    await eventually(() => !proxy.balancer.discovery.connected);
    expect(await eligible()).toEqual(['a']);
    expect((await ask(proxy.port, '2')).bytes.toString()).toBe('a:2');

    registry.setNodes([{ id: 'b', port: b.port }]);
    await registry.resume();
    await eventually(async () => expect(await eligible()).toEqual(['b']), { timeoutMs: 20_000 });
    expect((await ask(proxy.port, '3')).bytes.toString()).toBe('b:3');
  });

  it('starts, and is ready, without the registry', async () => {
    await using proxy = await startTestProxy({
      config: { coordinatorUrls: ['http://127.0.0.1:9'], workers: 1 },
    });
    expect((await proxy.call('GET', '/readyz')).status).toBe(200);
    expect((await proxy.call('GET', '/v1/backends')).body['items']).toEqual([]);
  });
});
