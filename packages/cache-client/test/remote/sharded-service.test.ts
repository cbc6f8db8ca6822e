import { createServer } from '@hanok/service-kit';
import { startRedis } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { openCache, storeRoutes } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

it('an invalidation through a cache-service in front of two Redis servers reaches near caches that are at these', async () => {
  await using stack = new AsyncDisposableStack();
  const servers = [
    stack.use(await startRedis({ dedicated: true })),
    stack.use(await startRedis({ dedicated: true })),
  ];
  const direct = openCache(`redis://${servers.map(({ host, port }) => `${host}:${port}`).join(',')}`);
  stack.defer(() => direct.close());
  await ready(direct.store);
  const service = await createServer({ name: 'store', description: 'store', host: '127.0.0.1' });
  stack.defer(() => service.close());
  storeRoutes(service, { store: direct.store });
  const remote = openCache(await service.listen({ host: '127.0.0.1', port: 0 }));
  stack.defer(() => remote.close());

  let version = 1;
  const load = async (): Promise<{ version: number }> => ({ version });
  const near = direct.players({ load, near: {} });
  const ids = ['1', '2', '3', '4', '5', '6', '7', '8'];
  expect(new Set(ids.map((id) => direct.store.partOf(`player:${id}`))).size).toBe(2);
  for (const id of ids) await expect.poll(async () => (await near.read(id), near.peek(id))).toBeDefined();
  version = 2;
  const writer = remote.players({ load, near: {} });
  expect(await Promise.all(ids.map((id) => writer.invalidate(id)))).toEqual(ids.map(() => 'acknowledged'));
  for (const id of ids) expect(await near.read(id)).toEqual({ version: 2 });

  // Its own near cache is known to one of the servers at most, and so serves nothing.
  for (const id of ids) await writer.read(id);
  expect(await writer.read('1')).toEqual({ version: 2 });
  expect(writer.stats.nearHits).toBe(0);
});
