import { describe, expect, test } from 'vitest';
import { raftConfig } from '../../src/raft/raft-config.ts';
import { leaseUntil } from '../../src/raft/lease.ts';
import { Scenario, logOf, votersNamed } from './scenario.ts';

const request = { type: 'voteRequest', pre: false, forced: false, lastIndex: 0, lastTerm: 0 } as const;
const heartbeat = { type: 'heartbeat', commit: 0, commitTerm: 0, sentAt: 5 } as const;

describe('voting', () => {
  test('a trial raises no term, an election does', () => {
    const node = new Scenario();
    node.wake();
    expect([node.state.role, node.state.term]).toEqual(['pre-candidate', 0]);
    expect(node.take('voteRequest').map(({ message }) => [message.pre, message.term])).toEqual([
      [true, 1],
      [true, 1],
    ]);
    node.receive('n2', 1, { type: 'voteResponse', pre: true, granted: true });
    expect([node.state.role, node.state.term, node.state.vote]).toEqual(['candidate', 1, 'n1']);
  });

  test('one vote a term, and the same candidate gets it again', () => {
    const node = new Scenario();
    node.now = 5_000;
    node.receive('n2', 3, request);
    node.receive('n3', 3, request);
    node.receive('n2', 3, request);
    expect(node.take('voteResponse').map(({ to, message }) => [to, message.granted])).toEqual([
      ['n2', true],
      ['n3', false],
      ['n2', true],
    ]);
  });

  test('the vote is on disk before the answer goes out', () => {
    const node = new Scenario();
    node.now = 5_000;
    const effects = node.receive('n2', 3, request);
    expect(effects.persist?.hardState).toEqual({ term: 3, vote: 'n2', commit: 0 });
    expect(effects.send).toEqual([]);
    expect(effects.sendAfterPersist).toHaveLength(1);
  });

  // Raft paper, section 5.4.1.
  test('a candidate with a worse log gets no vote', () => {
    const node = new Scenario({ entries: logOf(1, 2), hardState: { term: 2, vote: null, commit: 0 } });
    node.now = 5_000;
    node.receive('n2', 3, { ...request, lastIndex: 5, lastTerm: 1 });
    expect(node.take('voteResponse')[0]?.message.granted).toBe(false);
    expect(node.state.term).toBe(3);
  });

  // Raft thesis, section 4.2.3.
  test('while a leader is heard, a candidate is refused and does not raise the term', () => {
    const node = new Scenario();
    node.now = 5_000;
    node.receive('n2', 1, heartbeat);
    node.now += 999;
    node.receive('n3', 7, request);
    expect([node.state.term, node.take('voteResponse')[0]?.message.granted]).toEqual([1, false]);
    node.now += 2;
    node.receive('n3', 7, request);
    expect([node.state.term, node.state.vote]).toEqual([7, 'n3']);
  });

  test('no vote and no candidacy for an election timeout after boot', () => {
    const node = new Scenario();
    node.now = 999;
    node.do({ type: 'tick' });
    node.receive('n2', 4, request);
    expect([node.state.vote, node.state.term, node.state.role]).toEqual([null, 0, 'follower']);
    node.now = 1_001;
    node.receive('n2', 4, request);
    expect(node.state.vote).toBe('n2');
  });

  test('a transfer does not wait for it: the leader has given up its lease', () => {
    const voter = new Scenario();
    voter.receive('n2', 4, { ...request, forced: true });
    expect(voter.state.vote).toBe('n2');
    const successor = new Scenario();
    successor.receive('n2', 0, { type: 'timeoutNow' });
    expect(successor.state.role).toBe('candidate');
  });

  test('the highest id stands first, and the order is that of numbers', () => {
    const voters = ['c-2', 'c-9', 'c-10'];
    const deadlines = voters.map((id) => new Scenario({}, id, voters).state.electionDeadline);
    expect(deadlines.toSorted((a, b) => a - b)).toEqual([deadlines[2], deadlines[1], deadlines[0]]);
    expect(Math.min(...deadlines)).toBeGreaterThanOrEqual(1_000);
  });

  test('a single voter leads alone, once its own vote is on disk', () => {
    const node = new Scenario({}, 'n1', ['n1']);
    node.wake();
    expect([node.state.role, node.state.commit >= node.state.termStart]).toEqual(['leader', true]);
    expect(leaseUntil(node.state, node.now)).toBe(node.now + 900);
  });

  // Raft thesis, section 4.1: the log may lack the entry by which it became a voter.
  test('a candidate that is not of the group gets a vote, but not while a leader is heard', () => {
    const node = new Scenario();
    node.now = 5_000;
    node.receive('n2', 1, heartbeat);
    node.receive('n9', 9, request);
    expect([node.state.term, node.state.vote]).toEqual([1, null]);
    node.now = 7_000;
    node.receive('n9', 9, request);
    expect([node.state.term, node.state.vote]).toEqual([9, 'n9']);
  });

  test('the vote of one that is no voter is not counted', () => {
    const node = new Scenario();
    node.wake();
    node.receive('n9', 1, { type: 'voteResponse', pre: true, granted: true });
    expect(node.state.role).toBe('pre-candidate');
  });
});

describe('leadership', () => {
  test('there is no lease before the term has committed something', () => {
    const node = new Scenario().lead();
    node.receive('n2', 1, { type: 'heartbeatResponse', sentAt: node.now });
    expect(leaseUntil(node.state, node.now)).toBe(Number.NEGATIVE_INFINITY);
    node.ack('n2', node.state.termStart);
    expect(leaseUntil(node.state, node.now)).toBe(node.now + 900);
  });

  test('the lease counts from the sending, not from the answer', () => {
    const node = new Scenario().lead();
    node.ack('n2');
    const sentAt = node.now;
    node.now += 400;
    node.receive('n2', 1, { type: 'heartbeatResponse', sentAt });
    expect(leaseUntil(node.state, node.now)).toBe(sentAt + 900);
  });

  test('without a quorum for an election timeout, a leader steps down', () => {
    const node = new Scenario().lead();
    node.ack('n2');
    const heardAt = node.now;
    while (node.state.role === 'leader') node.wake();
    expect(node.now - heardAt).toBeCloseTo(1_000);
  });

  test('a transfer gives up the lease for good in this term, before a caught-up successor is told', () => {
    const node = new Scenario().lead();
    node.ack('n2');
    node.take('append');
    node.do({ type: 'transfer', to: null });
    expect(leaseUntil(node.state, node.now)).toBe(Number.NEGATIVE_INFINITY);
    expect(node.take('timeoutNow')).toEqual([]);
    node.ack('n2');
    expect(node.take('timeoutNow').map(({ to }) => to)).toEqual(['n2']);
    const refused = node.do({ type: 'propose', commands: ['late'] }).proposal;
    expect(refused).toEqual({ refused: 'transferring' });
    node.now += 1_000;
    node.do({ type: 'tick' });
    expect(node.state.role).toBe('follower');
  });

  test('a successor stands at once, and is voted for although the leader was just heard', () => {
    const successor = new Scenario();
    successor.now = 5_000;
    successor.receive('n2', 1, heartbeat);
    successor.receive('n2', 1, { type: 'timeoutNow' });
    const [first] = successor.take('voteRequest');
    expect([first?.message.forced, first?.message.term]).toEqual([true, 2]);

    const voter = new Scenario();
    voter.now = 5_000;
    voter.receive('n2', 1, heartbeat);
    voter.receive('n3', 2, { ...request, forced: true });
    expect(voter.state.vote).toBe('n3');
  });

  test('a leader that hears of a higher term follows', () => {
    const node = new Scenario().lead();
    node.receive('n3', 9, { type: 'heartbeatResponse', sentAt: 0 });
    expect([node.state.role, node.state.term, node.state.vote]).toEqual(['follower', 9, null]);
  });
});

describe('configuration', () => {
  test.each([
    [{ voters: ['n1', 'n2'] }, /voters: must be 1, 3 or 5, not 2/],
    [{ voters: ['n1', 'n1', 'n2'] }, /voters: an id is listed twice/],
    [{ voters: ['n2', 'n3', 'n4'] }, /voters: must contain this node's id, n1/],
    [{ electionTimeoutMs: 10 }, /electionTimeoutMs: must be from 50/],
    [{ heartbeatIntervalMs: 500 }, /heartbeatIntervalMs/],
    [{ leaseRatio: 1 }, /leaseRatio/],
  ])('%o is refused', (options, message) => {
    const { voters, ...others } = { voters: ['n1', 'n2', 'n3'], ...options };
    const base = { id: 'n1', voters: votersNamed(voters), storageId: 'd', seed: 1 };
    expect(() => raftConfig({ ...base, ...others })).toThrow(message);
  });
});
