import { describe, expect, test } from 'vitest';
import { Checkers } from '../../sim/checkers.ts';
import type { SeenNode } from '../../sim/checkers.ts';
import { SwimCheckers } from '../../sim/swim-checkers.ts';
import type { SeenMember } from '../../sim/swim-checkers.ts';
import { Violation } from '../../sim/violation.ts';
import { encodeConfiguration } from '../../src/raft/configuration.ts';
import { RaftLog } from '../../src/raft/raft-log.ts';
import type { Entry, Role } from '../../src/raft/raft-types.ts';

function command(index: number, term: number, data: string): Entry {
  return { index, term, kind: 'command', data };
}

function configuration(index: number, ...voters: string[]): Entry {
  const members = voters.map((id) => ({ id, host: id, port: 1, storageId: `${id}-disk`, voting: true }));
  return { index, term: 1, kind: 'config', data: encodeConfiguration(members) };
}

interface Looks {
  readonly role?: Role;
  readonly term?: number;
  readonly commit?: number;
  readonly leaseEnd?: number;
  readonly entries?: readonly Entry[];
  readonly applied?: readonly string[];
}

function node(id: string, looks: Looks = {}): SeenNode {
  const { role = 'follower', term = 1, commit = 0, leaseEnd = 0, entries = [], applied = [] } = looks;
  return {
    id,
    state: { role, term, commit, log: new RaftLog({ snapshot: null, entries }) },
    leaseEnd,
    applied,
  };
}

/** The rule that a history breaks; null for none. */
function brokenRule(history: () => void): string | null {
  try {
    history();
    return null;
  } catch (error) {
    if (error instanceof Violation) return error.rule;
    throw error;
  }
}

describe('the checkers of the voters notice', () => {
  test('two leaders of one term, and not one in each of two', () => {
    const checkers = new Checkers();
    checkers.leaderSeen(node('a', { role: 'leader', term: 2 }));
    checkers.leaderSeen(node('a', { role: 'leader', term: 2 }));
    checkers.leaderSeen(node('b', { role: 'leader', term: 3 }));
    checkers.leaderSeen(node('c', { role: 'candidate', term: 2 }));
    expect(brokenRule(() => checkers.leaderSeen(node('b', { role: 'leader', term: 2 })))).toBe(
      'one-leader-a-term',
    );
  });

  test('two leases at one true time, and not one after the other', () => {
    const checkers = new Checkers();
    const old = node('a', { role: 'leader', term: 1, leaseEnd: 100 });
    const successor = node('b', { role: 'leader', term: 2, leaseEnd: 900 });
    checkers.leaseSeen(old, [old, successor].slice(0, 1), 50);
    checkers.leaseSeen(successor, [old, successor], 100);
    expect(brokenRule(() => checkers.leaseSeen(successor, [old, successor], 99))).toBe('disjoint-leases');
  });

  test('a token lower than one before', () => {
    const checkers = new Checkers();
    const high = node('a', { role: 'leader', term: 5, leaseEnd: 100 });
    const low = node('b', { role: 'leader', term: 4, leaseEnd: 300 });
    checkers.leaseSeen(high, [high], 50);
    expect(brokenRule(() => checkers.leaseSeen(low, [high, low], 200))).toBe('rising-tokens');
  });

  test('a leader with a lease that lacks what was acknowledged', () => {
    const checkers = new Checkers();
    checkers.acknowledged(7, 'x');
    const leader = (commit: number) => node('a', { role: 'leader', term: 2, commit, leaseEnd: 100 });
    checkers.leaseSeen(leader(7), [], 50);
    expect(brokenRule(() => checkers.leaseSeen(leader(6), [], 50))).toBe('current-leader');
  });

  test.each([
    ['another content', command(3, 1, 'y')],
    ['another term', command(3, 2, 'x')],
  ])('two nodes that apply %s at one place', (_what, other) => {
    const checkers = new Checkers();
    checkers.applied(node('a'), command(3, 1, 'x'));
    checkers.applied(node('b'), command(3, 1, 'x'));
    expect(brokenRule(() => checkers.applied(node('c'), other))).toBe('same-log');
  });

  test('two voters that come or go at once, and not one, nor a learner', () => {
    const checkers = new Checkers();
    checkers.applied(node('a'), configuration(1, 'a', 'b', 'c'));
    checkers.applied(node('a'), configuration(2, 'a', 'b', 'c', 'd'));
    checkers.applied(node('a'), configuration(3, 'a', 'b', 'c', 'd'));
    const replaced = configuration(4, 'a', 'b', 'c', 'e');
    expect(brokenRule(() => checkers.applied(node('a'), replaced))).toBe('one-voter-at-a-time');
  });

  test('logs that agree on an entry and not on what is before it', () => {
    const checkers = new Checkers();
    const one = node('a', { entries: [command(1, 1, 'x'), command(2, 2, 'y')] });
    const longer = node('b', { entries: [command(1, 1, 'x'), command(2, 2, 'y'), command(3, 2, 'z')] });
    const otherTerm = node('c', { entries: [command(1, 2, 'x'), command(2, 2, 'y')] });
    const otherData = node('d', { entries: [command(1, 1, 'w'), command(2, 2, 'y')] });
    checkers.logsMatch([one, longer]);
    expect(brokenRule(() => checkers.logsMatch([one, otherTerm]))).toBe('log-matching');
    expect(brokenRule(() => checkers.logsMatch([longer, otherData]))).toBe('log-matching');
  });

  test('state machines that differ in the end', () => {
    const checkers = new Checkers();
    const nodes = [node('a', { applied: ['x', 'y'] }), node('b', { applied: ['y', 'x'] })];
    expect(brokenRule(() => checkers.converged(nodes))).toBe('convergence');
  });

  test('an acknowledged command that is gone from all', () => {
    const checkers = new Checkers();
    checkers.acknowledged(4, 'y');
    expect(brokenRule(() => checkers.converged([node('a', { applied: ['x', 'y'] })]))).toBeNull();
    const nodes = [node('a', { applied: ['x'] }), node('b', { applied: ['x'] })];
    expect(brokenRule(() => checkers.converged(nodes))).toBe('nothing-lost');
  });

  test('a group that nobody leads, that decides nothing, or that changes leaders without need', () => {
    const checkers = new Checkers();
    expect(brokenRule(() => checkers.ledAgain(null, 8_000))).toBe('a-leader-after-healing');
    expect(brokenRule(() => checkers.ledAgain(3, 8_000))).toBeNull();
    expect(brokenRule(() => checkers.decides(0))).toBe('a-leader-after-healing');
    checkers.acknowledged(1, 'x');
    expect(brokenRule(() => checkers.decides(0))).toBeNull();
    expect(brokenRule(() => checkers.stillLed(3, 3))).toBeNull();
    expect(brokenRule(() => checkers.stillLed(3, 4))).toBe('stable-leader');
    expect(brokenRule(() => checkers.stillLed(3, null))).toBe('stable-leader');
  });
});

function member(
  id: string,
  known: Readonly<Record<string, readonly ['alive' | 'dead', number]>>,
): SeenMember {
  const members = Object.entries(known).map(([other, [liveness, incarnation]]) => {
    return { id: other, liveness, incarnation };
  });
  return { id, state: { members: new Map(members.map((each) => [each.id, each])) } };
}

describe('the checkers of the membership notice', () => {
  test('one that goes back to an earlier life of another, but not one that was restarted', () => {
    const checkers = new SwimCheckers();
    const observer = member('a', { b: ['alive', 5] });
    checkers.incarnationsRise([observer]);
    checkers.incarnationsRise([member('a', { b: ['alive', 3] })]);
    for (const record of observer.state.members.values()) Object.assign(record, { incarnation: 4 });
    expect(brokenRule(() => checkers.incarnationsRise([observer]))).toBe('incarnations-rise');
  });

  test('one that does not hold all others alive', () => {
    const checkers = new SwimCheckers();
    const all = [member('a', { b: ['alive', 1] }), member('b', { a: ['alive', 1] })];
    expect(brokenRule(() => checkers.membershipConverges(all, 1))).toBeNull();
    const doubting = [member('a', { b: ['dead', 1] }), member('b', { a: ['alive', 1] })];
    expect(brokenRule(() => checkers.membershipConverges(doubting, 1))).toBe('membership-converges');
    const unaware = [member('a', {}), member('b', { a: ['alive', 1] })];
    expect(brokenRule(() => checkers.membershipConverges(unaware, 1))).toBe('membership-converges');
  });
});
