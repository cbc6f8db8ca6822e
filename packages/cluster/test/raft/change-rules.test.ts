import { describe, expect, test } from 'vitest';
import { decodeConfiguration, encodeConfiguration } from '../../src/raft/configuration.ts';
import type { VoterChange } from '../../src/raft/raft-types.ts';
import { Scenario } from './scenario.ts';

function put(id: string, more: { host?: string; storageId?: string } = {}): VoterChange {
  return { kind: 'put', id, host: more.host ?? 'host', port: 9, storageId: more.storageId ?? null };
}

function remove(id: string): VoterChange {
  return { kind: 'remove', id };
}

/** `n1` leads, everybody has everything, and all disks are known. */
function settledLeader(voters = ['n1', 'n2', 'n3']): Scenario {
  const node = new Scenario({}, 'n1', voters);
  node.wake();
  for (const pre of [true, false]) {
    for (const id of voters.slice(1)) {
      node.receive(id, node.state.term + (pre ? 1 : 0), { type: 'voteResponse', pre, granted: true });
    }
  }
  allAck(node);
  allAck(node);
  allAck(node);
  expect([node.state.role, node.state.group.unsettled]).toEqual(['leader', false]);
  return node;
}

function allAck(node: Scenario): void {
  for (const id of node.state.group.peers) node.ack(id);
}

function answerTo(node: Scenario, change: VoterChange) {
  return node.do({ type: 'change', change }).proposal;
}

function roles({ state }: Scenario): string[] {
  return state.group.members.map(({ id, voting }) => (voting ? id : `(${id})`));
}

describe('a change of the voters', () => {
  test('is refused by who does not lead, or hands over', () => {
    expect(answerTo(new Scenario(), remove('n2'))).toEqual({ refused: 'not-leader' });
    const leader = settledLeader();
    leader.do({ type: 'transfer', to: 'n2' });
    expect(answerTo(leader, remove('n3'))).toEqual({ refused: 'transferring' });
  });

  test('waits for the beginning of the term and for the change before it', () => {
    const fresh = new Scenario().lead();
    expect(answerTo(fresh, remove('n3'))).toEqual({ refused: 'change-pending' });
    const leader = settledLeader();
    expect(answerTo(leader, put('n4'))).toMatchObject({ term: leader.state.term });
    expect(answerTo(leader, remove('n3'))).toEqual({ refused: 'change-pending' });
  });

  test.each([
    ['an unknown member cannot be removed', remove('n9'), 'not-a-member'],
    ['what is so is not done again', { ...put('n2'), port: 2 }, 'no-change'],
    ['a voter does not change its disk', put('n2', { storageId: 'other' }), 'other-storage'],
  ] as const)('%s', (_name, change, refused) => {
    const leader = settledLeader();
    const { lastIndex } = leader.state.log;
    expect(answerTo(leader, change)).toEqual({ refused });
    expect(leader.state.log.lastIndex).toBe(lastIndex);
  });

  test('one learner at a time, and five voters at most', () => {
    const leader = settledLeader();
    answerTo(leader, put('n4'));
    for (const id of ['n2', 'n3']) leader.ack(id);
    expect(roles(leader)).toEqual(['n1', 'n2', 'n3', '(n4)']);
    expect(answerTo(leader, put('n5'))).toEqual({ refused: 'learner-pending' });
    expect(answerTo(settledLeader(['n1', 'n2', 'n3', 'n4', 'n5']), put('n6'))).toEqual({
      refused: 'too-many',
    });
  });

  test('the last voter stays', () => {
    const alone = new Scenario({}, 'n1', ['n1']);
    alone.wake();
    expect(answerTo(alone, remove('n1'))).toEqual({ refused: 'last-voter' });
  });

  test('those that are left must have a majority that answers', () => {
    const leader = settledLeader();
    leader.now += 1_001;
    leader.receive('n2', leader.state.term, { type: 'heartbeatResponse', sentAt: leader.now });
    expect(answerTo(leader, remove('n2'))).toEqual({ refused: 'no-quorum' });
    expect(answerTo(leader, remove('n3'))).toMatchObject({ term: leader.state.term });
  });

  test('counts from when it is in the log: the removed one is asked no more', () => {
    const leader = settledLeader();
    answerTo(leader, remove('n3'));
    const { lastIndex } = leader.state.log;
    leader.ack('n3', lastIndex);
    expect(leader.state.commit).toBe(lastIndex - 1);
    leader.ack('n2', lastIndex);
    expect(leader.state.commit).toBe(lastIndex);
    expect(leader.take('heartbeat').map(({ to }) => to)).toContain('n3');
  });

  test('a member may move without losing its vote or its disk', () => {
    const leader = settledLeader();
    answerTo(leader, put('n2', { host: 'elsewhere' }));
    expect(leader.state.group.members[1]).toMatchObject({
      id: 'n2',
      host: 'elsewhere',
      storageId: 'n2-disk',
      voting: true,
    });
  });
});

// Raft thesis, section 4.2.1.
describe('a learner', () => {
  function withLearner(storageId?: string): Scenario {
    const leader = settledLeader();
    answerTo(leader, put('n4', storageId === undefined ? {} : { storageId }));
    for (const id of ['n2', 'n3']) leader.ack(id);
    return leader;
  }

  test('is bound to its disk first, then made a voter', () => {
    const leader = withLearner();
    leader.ack('n4');
    expect(leader.state.group.members.at(-1)).toMatchObject({ storageId: 'n4-disk', voting: false });
    for (const id of ['n2', 'n3', 'n4']) leader.ack(id);
    expect(roles(leader)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(leader.state.group.quorum).toBe(3);
  });

  test('stays one while it answers from another disk than the one it must have', () => {
    const leader = withLearner('the-new-disk');
    for (let round = 0; round < 3; round += 1) for (const id of ['n2', 'n3', 'n4']) leader.ack(id);
    expect(roles(leader)).toEqual(['n1', 'n2', 'n3', '(n4)']);
    leader.ack('n4', undefined, 'the-new-disk');
    expect(roles(leader)).toEqual(['n1', 'n2', 'n3', 'n4']);
  });

  test('stays one while a round of catching up takes longer than an election timeout', () => {
    const leader = withLearner('n4-disk');
    leader.ack('n4', 1);
    leader.do({ type: 'propose', commands: ['a'] });
    leader.now += 1_500;
    for (const id of ['n2', 'n3', 'n4']) leader.ack(id);
    expect(roles(leader)).toEqual(['n1', 'n2', 'n3', '(n4)']);
    leader.now += 100;
    leader.ack('n4');
    expect(roles(leader)).toEqual(['n1', 'n2', 'n3', 'n4']);
  });
});

describe('the text of a configuration', () => {
  test('comes back as it was', () => {
    const members = settledLeader().state.group.members;
    expect(decodeConfiguration(encodeConfiguration(members))).toEqual(members);
  });

  test.each([
    ['{}'],
    ['[["n1"]]'],
    ['[["n1","h",1,7,true]]'],
    ['[["n1","h",1,null,true],["n1","h",2,null,true]]'],
    [JSON.stringify(Array.from({ length: 17 }, (_, index) => [`n${index}`, 'h', 1, null, true]))],
  ])('%s is refused', (text) => {
    expect(() => decodeConfiguration(text)).toThrow(/^configuration: /);
  });
});
