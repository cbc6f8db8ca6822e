import { eventually, redisCommand, startRedis } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { openStore } from '../../src/index.ts';
import { startFakeSentinel } from '../support/fake-sentinel.ts';
import { ready } from '../support/ready.ts';

it('follows the primary that a Sentinel names, over a failover', async () => {
  await using first = await startRedis({ dedicated: true });
  await using second = await startRedis({ replicaOf: first });
  await using sentinel = await startFakeSentinel(first);
  const store = await ready(openStore(`redis-sentinel://127.0.0.1:${sentinel.port}/game`));
  await store.set('before', 'x');
  const replicated = await ready(openStore(second.url));
  await eventually(async () => expect(await replicated.get('before')).toBe('x'));
  await replicated.close();

  await first.kill();
  await eventually(() => expect(store.connected).toBe(false));
  await redisCommand(second.url, ['REPLICAOF', 'NO', 'ONE']);
  sentinel.primary = second;
  await eventually(() => store.set('after', 'y'));
  expect(await store.get('before')).toBe('x');
  await store.close();
});
