import { encodeConfiguration } from './configuration.ts';
import type { Outbox } from './outbox.ts';
import { maxVoters } from './raft-config.ts';
import { isTrusted, memberOf } from './raft-state.ts';
import type { Progress, RaftState } from './raft-state.ts';
import { sendMissing } from './replication.ts';
import type { ChangeRefusal, Configuration, Member, VoterChange, NodeId } from './raft-types.ts';

/**
 * Changes of the configuration, one voter at a time (Raft thesis, chapter 4). Majorities of two configurations that differ
 * by one voter overlap, so no joint configuration is needed, as long as there is one uncommitted change at a time. A
 * new leader must have committed an entry of its own term first: without that, changes of two leaders that each
 * differ by one voter from a common ancestor could be counted by majorities apart (Ongaro's correction of 2015).
 */
export function startChange(state: RaftState, out: Outbox, change: VoterChange, now: number): void {
  const refused = refusal(state);
  if (refused !== null) return out.answerProposal({ refused });
  const planned = planChange(state, change, now);
  if ('refused' in planned) return out.answerProposal(planned);
  const firstIndex = state.log.lastIndex + 1;
  appendConfiguration(state, out, planned.members, now);
  out.answerProposal({ firstIndex, term: state.term });
}

/** What a leader does for the configuration by itself: binds disks to their voters, and promotes a learner. */
export function settleMembers(state: RaftState, out: Outbox, now: number): void {
  if (!state.group.unsettled || refusal(state) !== null) return;
  const { members } = state.group;
  const bound = members.map((member) => bindStorage(state, member));
  if (bound.some((member, position) => member !== members[position])) {
    return appendConfiguration(state, out, bound, now);
  }
  const learner = members.find(({ voting }) => !voting);
  const progress = learner === undefined ? undefined : state.progress.get(learner.id);
  if (learner === undefined || progress === undefined || !isAnswering(state, learner.id, now)) return;
  if (!hasCaughtUp(state, progress, now)) return;
  const promoted = members.map((member) => (member === learner ? { ...learner, voting: true } : member));
  if (votersAlive(state, promoted, now)) appendConfiguration(state, out, promoted, now);
}

/** What a leader starts with for a member that it has not heard yet. */
export function freshProgress(state: RaftState, now: number): Progress {
  const next = state.log.lastIndex + 1;
  return {
    mode: 'probe',
    match: 0,
    next,
    probing: false,
    inflight: [],
    snapshotRetryAt: 0,
    heardAt: now,
    promisedFrom: Number.NEGATIVE_INFINITY,
    storageId: null,
    round: { target: state.log.lastIndex, startedAt: now },
  };
}

function refusal(state: RaftState): ChangeRefusal | 'not-leader' | 'transferring' | null {
  if (state.role !== 'leader') return 'not-leader';
  if (state.transfer !== null || state.leaseRenounced) return 'transferring';
  return state.commit < state.termStart || state.pendingConfigurations.length > 0 ? 'change-pending' : null;
}

type Plan = { readonly members: Configuration } | { readonly refused: ChangeRefusal };

function planChange(state: RaftState, change: VoterChange, now: number): Plan {
  const { members } = state.group;
  const known = memberOf(state, change.id);
  if (change.kind === 'put')
    return known === undefined ? planAddition(members, change) : planMove(members, known, change);
  if (known === undefined) return { refused: 'not-a-member' };
  const left = members.filter((member) => member !== known);
  if (!left.some(({ voting }) => voting)) return { refused: 'last-voter' };
  return votersAlive(state, left, now) ? { members: left } : { refused: 'no-quorum' };
}

function planAddition(members: Configuration, change: Extract<VoterChange, { kind: 'put' }>): Plan {
  if (members.some(({ voting }) => !voting)) return { refused: 'learner-pending' };
  if (members.length >= maxVoters) return { refused: 'too-many' };
  const { id, host, port, storageId } = change;
  return { members: [...members, { id, host, port, storageId, voting: false }] };
}

function planMove(
  members: Configuration,
  known: Member,
  change: Extract<VoterChange, { kind: 'put' }>,
): Plan {
  const { host, port, storageId } = change;
  if (storageId !== null && known.storageId !== null && storageId !== known.storageId) {
    return { refused: 'other-storage' };
  }
  if (host === known.host && port === known.port) return { refused: 'no-change' };
  return { members: members.map((member) => (member === known ? { ...known, host, port } : member)) };
}

function bindStorage(state: RaftState, member: Member): Member {
  const own = member.id === state.config.id;
  const storageId = own ? state.config.storageId : (state.progress.get(member.id)?.storageId ?? null);
  return member.storageId !== null || storageId === null ? member : { ...member, storageId };
}

/**
 * Whether a learner can keep up: it has taken all that was in the log when the round began, in less than an election
 * timeout (Raft thesis, section 4.2.1). A round that took longer is followed by another, which is shorter.
 */
function hasCaughtUp(state: RaftState, progress: Progress, now: number): boolean {
  const { target, startedAt } = progress.round;
  if (progress.match < target) return false;
  progress.round = { target: state.log.lastIndex, startedAt: now };
  return now - startedAt < state.config.electionTimeoutMs;
}

/** Whether a majority of these voters is there to commit the change and all that follows. */
function votersAlive(state: RaftState, members: Configuration, now: number): boolean {
  const voters = members.filter(({ voting }) => voting);
  const alive = voters.filter(({ id }) => id === state.config.id || isAnswering(state, id, now));
  return alive.length > voters.length / 2;
}

function isAnswering(state: RaftState, id: NodeId, now: number): boolean {
  const progress = state.progress.get(id);
  if (progress === undefined || !isTrusted(state, id, progress.storageId)) return false;
  return progress.storageId !== null && now - progress.heardAt < state.config.electionTimeoutMs;
}

/** From here on the new configuration counts, for this entry as well. */
function appendConfiguration(state: RaftState, out: Outbox, members: Configuration, now: number): void {
  const before = state.group.peers;
  const data = encodeConfiguration(members);
  out.append([{ index: state.log.lastIndex + 1, term: state.term, kind: 'config', data }]);
  for (const id of state.group.peers) {
    if (!state.progress.has(id)) state.progress.set(id, freshProgress(state, now));
  }
  // Who is taken out is told while it still can be, so that it does not go on asking for votes.
  for (const id of new Set([...before, ...state.group.peers])) sendMissing(state, out, id, now);
  for (const id of before) if (!state.group.peers.includes(id)) state.progress.delete(id);
}
