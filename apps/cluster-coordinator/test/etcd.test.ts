import { watchServices, type ServiceNode } from '@hanok/cluster';
import { eventually, startEtcd } from '@hanok/testkit';
import { expect, test } from 'vitest';
import { CoordinatorGroup } from './support/coordinators.ts';

test('on etcd: the same API, and another leader when the first is killed', async () => {
  await using etcd = await startEtcd();
  const url = etcd.url.replace(/^http:/, 'etcd:');
  await using group = await CoordinatorGroup.start(3, { COORDINATION_URL: url });
  const leader = await eventually(() => group.leader());
  const { term } = await leader.leader();
  const survivors = group.without(leader);
  const [one, other] = survivors;
  if (one === undefined || other === undefined) throw new Error('three were started');

  let seen: readonly ServiceNode[] = [];
  const watch = watchServices({
    coordinatorUrls: group.all.map((each) => each.url),
    service: 'player-service',
    onChange: (nodes) => (seen = nodes),
  });
  // Each coordinator knows the changes since it began itself.
  const { body: empty } = await other.send('GET', '/v1/nodes');
  const { revision } = empty as { revision: number };
  const poll = other.send('GET', `/v1/nodes?since=${revision}&waitMs=60000`);
  expect((await one.register('kept')).status).toBe(201);
  expect((await poll).body).toMatchObject({ items: [{ id: 'kept' }] });
  await eventually(() => seen.length === 1);
  expect((await other.register('kept', { port: 9 })).status).toBe(409);
  await leader.kill();
  const successor = await eventually(() => group.leader(survivors));
  expect((await successor.leader()).fencingToken).toBeGreaterThan(term);
  await eventually(async () => {
    const { items, stale } = await other.get<{ items: { id: string }[]; stale: boolean }>('/v1/nodes');
    expect([items.map(({ id }) => id), stale]).toEqual([['kept'], false]);
  });
  await one.register('kept', { state: 'draining' });
  await eventually(() => seen[0]?.state === 'draining');
  watch.close();
  expect(await other.get('/v1/status')).toMatchObject({ raft: null, stale: false });
});
