import { describe, expect, test } from 'vitest';
import type { EmbeddedCoordination } from '../../src/engine/embedded-coordination.ts';
import type { RegistryChange } from '../../src/registry/registry-types.ts';
import { MemoryGroup } from '../raft/node/memory-group.ts';

const node = {
  id: 'a',
  service: 's',
  host: 'h',
  port: 1,
  state: 'ready',
  ttlMs: 10_000,
  metadata: {},
} as const;

async function oneOfEach(): Promise<{
  group: MemoryGroup;
  leader: EmbeddedCoordination;
  follower: EmbeddedCoordination;
}> {
  const group = new MemoryGroup();
  const leader = await group.leader();
  const [follower] = group.followers();
  if (follower === undefined) throw new Error('three were started');
  return { group, leader, follower };
}

describe('the registry', () => {
  test('takes writes at any coordinator', async () => {
    const { group, leader, follower } = await oneOfEach();
    expect((await group.settle(follower.registry.register(node))).outcome).toBe('registered');
    expect(leader.registry.get('a')).toMatchObject(node);
    expect((await group.settle(follower.registry.remove('a'))).outcome).toBe('removed');
    expect((await group.settle(follower.registry.remove('a'))).outcome).toBe('unknown');
  });

  test('renewals keep a registration, cost no write, and without them it expires everywhere', async () => {
    const { group, leader, follower } = await oneOfEach();
    await group.settle(follower.registry.register(node));
    const { lastIndex } = leader.node.status();
    for (let round = 0; round < 8; round += 1) {
      await group.clock.advance(5_000);
      expect((await group.settle(follower.registry.register(node))).outcome).toBe('renewed');
    }
    expect(leader.node.status().lastIndex).toBe(lastIndex);
    await group.clock.advance(9_000);
    expect(follower.registry.get('a')).not.toBeNull();
    await group.clock.advance(2_000);
    expect([...group.running.values()].map(({ registry }) => registry.get('a'))).toEqual([null, null, null]);
  });

  test('a change of leader expires nobody: every lease begins anew', async () => {
    const { group, leader } = await oneOfEach();
    await group.settle(leader.registry.register(node));
    await group.clock.advance(9_500);
    group.kill(leader);
    const successor = await group.leader();
    await group.clock.advance(9_000);
    expect(successor.registry.get('a')).not.toBeNull();
    await group.clock.advance(2_000);
    expect(successor.registry.get('a')).toBeNull();
  });

  test('an id that is alive is not given to another place, until it is gone', async () => {
    const { group, leader } = await oneOfEach();
    await group.settle(leader.registry.register(node));
    expect((await group.settle(leader.registry.register({ ...node, port: 2 }))).outcome).toBe('id-taken');
    await group.clock.advance(11_000);
    expect((await group.settle(leader.registry.register({ ...node, port: 2 }))).outcome).toBe('registered');
  });

  test('a renewal at the moment of expiry is a registration, not a lost one', async () => {
    const { group, leader } = await oneOfEach();
    await group.settle(leader.registry.register(node));
    // The sweep has proposed the expiry, and it is not committed yet.
    const before = leader.node.status().lastIndex;
    await group.clock.advanceUntil(() => leader.node.status().lastIndex > before, 20_000);
    expect(leader.registry.get('a')).not.toBeNull();
    expect((await group.settle(leader.registry.register(node))).outcome).toBe('registered');
    expect(leader.registry.get('a')).toMatchObject(node);
  });

  test('watchers hear each change once, in the order of the revisions, on every coordinator', async () => {
    const { group, leader, follower } = await oneOfEach();
    const heard = new Map<EmbeddedCoordination, RegistryChange[]>();
    for (const each of [leader, follower]) {
      heard.set(each, []);
      each.registry.watch({ onChange: (change) => heard.get(each)?.push(change), onReset: () => undefined });
    }
    await group.settle(leader.registry.register(node));
    await group.settle(leader.registry.register({ ...node, state: 'draining' }));
    await group.settle(leader.registry.broadcast({ id: 'b', from: 'a', message: [1] }));
    await group.settle(leader.registry.remove('a'));
    await group.clock.advance(500);
    const ofLeader = heard.get(leader)?.map((change) => (change.kind === 'node' ? change.type : change.kind));
    expect(ofLeader).toEqual(['registered', 'updated', 'broadcast', 'removed']);
    expect(heard.get(follower)).toEqual(heard.get(leader));
    expect(heard.get(leader)?.map(({ revision }) => revision)).toEqual([1, 2, 3, 4]);
    expect(follower.registry.changesSince(2)).toEqual(heard.get(leader)?.slice(2));
    expect(follower.registry.changesSince(99)).toBeNull();
  });

  test('the same broadcast is taken once, also by another leader', async () => {
    const { group, leader } = await oneOfEach();
    const sent = { id: 'once', from: 'a', message: 'hello' };
    expect((await group.settle(leader.registry.broadcast(sent))).outcome).toBe('broadcast');
    group.kill(leader);
    const successor = await group.leader();
    const again = await group.settle(successor.registry.broadcast({ ...sent, message: 'other' }));
    expect(again).toMatchObject({ outcome: 'repeated', broadcast: { message: 'hello' } });
  });

  test('a write waits out an election', async () => {
    const { group, leader, follower } = await oneOfEach();
    group.kill(leader);
    expect((await group.settle(follower.registry.register(node))).outcome).toBe('registered');
  });

  test('without a majority a write fails in time, and reads go on, marked as not current', async () => {
    const { group, leader, follower } = await oneOfEach();
    await group.settle(leader.registry.register(node));
    for (const other of group.ids) if (other !== follower.node.id) group.killById(other);
    const started = group.clock.monotonicMs();
    await expect(group.settle(follower.registry.remove('a'))).rejects.toMatchObject({ retryable: true });
    expect(group.clock.monotonicMs() - started).toBeLessThan(6_000);
    expect(follower.registry.get('a')).toMatchObject(node);
    expect(follower.isCurrent()).toBe(false);
  });

  test('a leader without a lease does not answer renewals from memory', async () => {
    const { group, leader } = await oneOfEach();
    await group.settle(leader.registry.register(node));
    group.isolate(leader.node.id);
    await group.clock.advance(950);
    expect(leader.node.holdsLease()).toBe(false);
    await expect(group.settle(leader.registry.register(node, 500))).rejects.toMatchObject({
      retryable: true,
    });
  });
});
