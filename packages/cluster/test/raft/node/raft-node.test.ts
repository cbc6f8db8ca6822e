import { describe, expect, test } from 'vitest';
import { MemoryGroup } from './memory-group.ts';

function registration(id: string) {
  return { id, service: 's', host: 'h', port: 1, state: 'ready', ttlMs: 60_000, metadata: {} } as const;
}

describe('RaftNode', () => {
  test('commits a proposal of the leader on every node', async () => {
    const group = new MemoryGroup();
    const leader = await group.leader();
    const result = await group.settle(leader.registry.register(registration('a')));
    expect(result.outcome).toBe('registered');
    await group.clock.advance(500);
    expect([...group.running.values()].map(({ registry }) => registry.get('a')?.id)).toEqual(['a', 'a', 'a']);
  });

  test('proposals of one turn share a write', async () => {
    const group = new MemoryGroup();
    const leader = await group.leader();
    const disk = group.disk(leader.node.id);
    await group.clock.advance(1_000);
    const before = disk.writes;
    const ids = Array.from({ length: 200 }, (_, index) => `n${index}`);
    await group.settle(Promise.all(ids.map((id) => leader.registry.register(registration(id)))));
    expect(disk.writes - before).toBeLessThanOrEqual(3);
  });

  test('only a leader takes proposals', async () => {
    const group = new MemoryGroup();
    await group.leader();
    const [follower] = group.followers();
    await expect(follower?.node.propose('{}')).rejects.toMatchObject({ code: 'not-leader', retryable: true });
  });

  test('a proposal that another leader cut off the log is told to have failed', async () => {
    const group = new MemoryGroup();
    const old = await group.leader();
    group.isolate(old.node.id);
    const lost = old.node.propose(JSON.stringify({ op: 'remove', id: 'x' }));
    lost.catch(() => undefined);
    await group.clock.advanceUntil(() => !old.node.holdsLease());
    const successor = await group.leader();
    await group.settle(successor.registry.register(registration('a')));
    group.mend();
    await expect(group.settle(lost)).rejects.toMatchObject({ code: 'no-leader' });
  });

  test('a failing disk ends the node and nothing is acknowledged', async () => {
    const group = new MemoryGroup();
    const leader = await group.leader();
    group.disk(leader.node.id).failure = new Error('EIO');
    const proposal = leader.node.propose(JSON.stringify({ op: 'remove', id: 'x' }));
    await expect(group.settle(proposal)).rejects.toMatchObject({ code: 'outcome-unknown' });
    expect(group.fatal).toEqual([new Error('EIO')]);
    expect(leader.node.isStopped).toBe(true);
    expect(leader.node.holdsLease()).toBe(false);
  });

  test(
    'a node that was away through a compaction is brought back by a snapshot',
    { timeout: 60_000 },
    async () => {
      const group = new MemoryGroup();
      const leader = await group.leader();
      const [away] = group.followers();
      if (away === undefined) throw new Error('three were started');
      const id = group.kill(away);
      for (let round = 0; round < 12; round += 1) {
        const ids = Array.from({ length: 1_000 }, (_, index) => `n${round}-${index % 400}`);
        await group.settle(
          Promise.all(
            ids.map((each, index) => leader.registry.register({ ...registration(each), port: index + 1 })),
          ),
        );
      }
      expect(leader.node.status().firstIndex).toBeGreaterThan(1);
      const back = group.start(id);
      await group.clock.advanceUntil(() => back.registry.revision === leader.registry.revision, 20_000);
      expect(back.registry.list()).toEqual(leader.registry.list());
      expect(back.registry.changesSince(0)).toBeNull();
    },
  );

  test('a restart gives back what was committed, before any leader is found', async () => {
    const group = new MemoryGroup(1);
    const leader = await group.leader();
    await group.settle(leader.registry.register(registration('a')));
    await group.settle(leader.registry.register(registration('b')));
    const id = group.kill(leader);
    const again = group.start(id);
    expect(again.registry.get('a')?.id).toBe('a');
    expect(again.isCurrent()).toBe(false);
    await group.leader();
    expect(again.registry.list().map((node) => node.id)).toEqual(['a', 'b']);
  });

  test('the status says who was elected last and why, on every node', async () => {
    const group = new MemoryGroup();
    const first = await group.leader();
    await group.clock.advance(500);
    const told = () => [...group.running.values()].map(({ node }) => node.status().lastElection);
    const start = { term: 1, leaderId: first.node.id, reason: 'start', at: expect.any(String) };
    expect(told()).toEqual([start, start, start]);

    await group.settle(first.election.resign());
    const second = await group.leader();
    await group.clock.advance(500);
    const handedOver = { term: 2, leaderId: second.node.id, reason: 'transfer', at: expect.any(String) };
    expect(told()).toEqual([handedOver, handedOver, handedOver]);

    const id = group.kill(second);
    const third = await group.leader();
    const again = group.start(id);
    expect(again.node.status().lastElection).toMatchObject({ at: null });
    await group.clock.advance(2_000);
    expect(again.node.status().lastElection).toMatchObject({
      leaderId: third.node.id,
      reason: 'silence',
      at: expect.any(String),
    });
  });
});
