import { describe, expect, test } from 'vitest';
import type { RaftMessage } from '../../src/raft/raft-types.ts';
import { Scenario, logOf } from './scenario.ts';

type Append = Extract<RaftMessage, { type: 'append' }>;

function append(
  prevIndex: number,
  prevTerm: number,
  terms: number[],
  commit = 0,
): Omit<Append, 'from' | 'term' | 'storageId'> {
  const entries = terms.map((term, offset) => {
    return { index: prevIndex + 1 + offset, term, kind: 'command', data: `t${term}` } as const;
  });
  return { type: 'append', prevIndex, prevTerm, entries, commit, sentAt: 0 };
}

describe('a leader', () => {
  test('commits what a quorum has on disk, its own copy included only when durable', () => {
    const node = new Scenario().lead();
    node.ack('n2');
    const { proposal } = node.do({ type: 'propose', commands: ['a', 'b'] });
    const first = proposal !== null && 'firstIndex' in proposal ? proposal.firstIndex : 0;
    node.applied = [];
    node.ack('n2', first);
    expect(node.applied.map(({ data }) => data)).toContain('a');
    expect(node.applied.map(({ data }) => data)).not.toContain('b');
    node.ack('n3', first + 1);
    expect(node.applied.at(-1)?.data).toBe('b');
  });

  // Raft paper, section 5.4.2, figure 8: an entry of an older term on a majority may still be overwritten.
  test('does not commit an entry of an older term by counting its copies', () => {
    const node = new Scenario({ entries: logOf(1, 2), hardState: { term: 3, vote: null, commit: 1 } });
    node.lead();
    expect(node.state.term).toBe(4);
    node.ack('n2', 2);
    expect(node.state.commit).toBe(1);
    node.ack('n2', 3);
    expect(node.state.commit).toBe(3);
  });

  test('finds the common prefix with a follower that went another way', () => {
    const node = new Scenario({
      entries: logOf(1, 1, 1, 3, 3, 3),
      hardState: { term: 3, vote: null, commit: 0 },
    });
    node.lead();
    node.take('append');
    const refused = { type: 'appendResponse', ok: false, sentAt: node.now } as const;
    node.receive('n2', 4, { ...refused, index: 6, hintIndex: 5, hintTerm: 2 });
    expect(node.take('append').map(({ message }) => message.prevIndex)).toEqual([3]);
  });

  test('has a bounded number of entries under way, and refuses what is too much', () => {
    const node = new Scenario().lead();
    const commands = Array.from({ length: 16_384 }, () => 'x');
    expect(node.do({ type: 'propose', commands }).proposal).toEqual({ refused: 'overloaded' });
  });

  test('sends a snapshot to a follower whose entries are compacted away', () => {
    const configuration = ['n1', 'n2', 'n3'].map((id) => {
      return { id, host: 'h', port: 1, storageId: `${id}-disk`, voting: true };
    });
    const snapshot = { index: 5, term: 1, configuration, data: 'state' };
    const node = new Scenario({ snapshot, hardState: { term: 1, vote: null, commit: 5 } }).lead();
    node.take('append');
    const refused = { type: 'appendResponse', ok: false, index: 5, hintIndex: 0, hintTerm: 0 } as const;
    const { send } = node.receive('n2', 2, { ...refused, sentAt: node.now });
    expect(send.map(({ needsSnapshotData, message }) => [needsSnapshotData, message.type])).toEqual([
      [true, 'snapshot'],
    ]);
    node.take('snapshot');
    node.receive('n2', 2, { type: 'heartbeatResponse', sentAt: node.now });
    expect(node.take('snapshot')).toEqual([]);
    node.do({ type: 'unreachable', id: 'n2' });
    node.receive('n2', 2, { type: 'heartbeatResponse', sentAt: node.now });
    expect(node.take('snapshot')).toHaveLength(1);
  });

  test('refuses proposals when it does not lead', () => {
    expect(new Scenario().do({ type: 'propose', commands: ['x'] }).proposal).toEqual({
      refused: 'not-leader',
    });
  });
});

describe('a follower', () => {
  const recovered = { entries: logOf(1, 1, 2), hardState: { term: 2, vote: null, commit: 0 } };

  test('refuses entries whose predecessor it does not have', () => {
    const node = new Scenario(recovered);
    node.receive('n2', 3, append(3, 3, [3]));
    expect(node.take('appendResponse')[0]?.message).toMatchObject({ ok: false, index: 3 });
    expect(node.state.log.lastIndex).toBe(3);
  });

  test('replaces a conflicting suffix', () => {
    const node = new Scenario(recovered);
    node.receive('n2', 3, append(2, 1, [3, 3]));
    expect([node.state.log.lastIndex, node.state.log.termAt(3)]).toEqual([4, 3]);
  });

  test('a late append takes nothing back', () => {
    const node = new Scenario(recovered);
    node.receive('n2', 2, append(0, 0, [1]));
    expect(node.state.log.lastIndex).toBe(3);
  });

  test('acknowledges only after the disk', () => {
    const node = new Scenario(recovered);
    const effects = node.receive('n2', 3, append(3, 2, [3]));
    expect(effects.persist?.entries).toHaveLength(1);
    expect(effects.send).toEqual([]);
    expect(effects.sendAfterPersist.map(({ message }) => message.type)).toEqual(['appendResponse']);
  });

  test('commits by a heartbeat only what it shares with the leader', () => {
    const node = new Scenario(recovered);
    node.receive('n2', 3, { type: 'heartbeat', commit: 3, commitTerm: 3, sentAt: 0 });
    expect(node.state.commit).toBe(0);
    node.receive('n2', 3, { type: 'heartbeat', commit: 3, commitTerm: 2, sentAt: 0 });
    expect(node.state.commit).toBe(3);
  });

  test('takes a snapshot in place of a log that went another way', () => {
    const node = new Scenario(recovered);
    const snapshot = {
      index: 9,
      term: 3,
      configuration: [{ id: 'n2', host: 'h', port: 1, storageId: 'n2-disk', voting: true }],
      data: 'state',
    };
    const effects = node.receive('n2', 3, { type: 'snapshot', snapshot, sentAt: 0 });
    expect(effects.restore).toEqual(snapshot);
    expect(effects.persist?.snapshot).toEqual(snapshot);
    expect([node.state.commit, node.state.log.lastIndex]).toEqual([9, 9]);
  });

  test('a snapshot of what it has commits it, and keeps the log', () => {
    const node = new Scenario(recovered);
    const snapshot = { index: 2, term: 1, configuration: [], data: 'state' };
    expect(node.receive('n2', 3, { type: 'snapshot', snapshot, sentAt: 0 }).restore).toBeNull();
    expect([node.state.commit, node.state.log.lastIndex]).toEqual([2, 3]);
  });
});

describe('a lost disk', () => {
  function boundGroup(): Scenario {
    const node = new Scenario().lead();
    node.ack('n2');
    node.ack('n3');
    node.ack('n2');
    return node;
  }

  function disksOf({ state }: Scenario): Record<string, string | null> {
    return Object.fromEntries(state.group.members.map(({ id, storageId }) => [id, storageId]));
  }

  test('every voter is bound to the disk it first answers from', () => {
    expect(disksOf(boundGroup())).toEqual({ n1: 'n1-disk', n2: 'n2-disk', n3: 'n3-disk' });
  });

  test('a voter that answers from another disk is brought up to date, but not counted', () => {
    const node = boundGroup();
    const { commit } = node.state;
    node.do({ type: 'propose', commands: ['x'] });
    node.ack('n3', undefined, 'n3-new-disk');
    expect(node.state.commit).toBe(commit);
    node.ack('n2');
    expect(node.state.commit).toBe(commit + 1);
  });

  test('its vote does not count, nor does it get one', () => {
    const node = boundGroup();
    node.now += 3_000;
    node.do({ type: 'tick' });
    node.wake();
    node.receive(
      'n3',
      node.state.term + 1,
      { type: 'voteResponse', pre: true, granted: true },
      'n3-new-disk',
    );
    expect(node.state.role).toBe('pre-candidate');
    const { term } = node.state;
    const best = { type: 'voteRequest', pre: false, forced: false, lastIndex: 99, lastTerm: 99 } as const;
    node.receive('n3', term + 5, best, 'n3-new-disk');
    expect(node.state.term).toBe(term);
  });

  test('which disks count survives a restart', () => {
    const node = boundGroup();
    const { log, term, vote } = node.state;
    const entries = log.slice(1, log.lastIndex);
    const again = new Scenario({ entries, hardState: { term, vote, commit: 0 } });
    expect(disksOf(again)).toEqual(disksOf(node));
  });
});
