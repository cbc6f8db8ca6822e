import { becomeLeader } from './leading.ts';
import type { Outbox } from './outbox.ts';
import {
  candidacyMs,
  electionTimeoutMs,
  isLeavingVoter,
  isTrusted,
  isVoter,
  trialDelayMs,
} from './raft-state.ts';
import type { RaftState } from './raft-state.ts';
import type { NodeId, RaftMessage } from './raft-types.ts';

type VoteRequest = Extract<RaftMessage, { type: 'voteRequest' }>;
type VoteResponse = Extract<RaftMessage, { type: 'voteResponse' }>;

export function becomeFollower(state: RaftState, term: number, leader: NodeId | null, now: number): void {
  if (term > state.term) state.vote = null;
  // Only a leader's fall starts a new wait here; a mere rise of the term must not keep putting off an election.
  if (state.role === 'leader') state.electionDeadline = now + electionTimeoutMs(state);
  state.term = term;
  state.role = 'follower';
  state.leader = leader;
  state.forced = false;
  state.transfer = null;
  state.votes.clear();
  state.progress.clear();
}

/** Asks whether an election could be won, without disturbing anyone (pre-vote). */
export function startTrial(state: RaftState, out: Outbox, now: number): void {
  state.electionDeadline = now + trialDelayMs(state);
  if (isPromised(state, now) || !isElectable(state)) return;
  state.role = 'pre-candidate';
  state.leader = null;
  state.votes.clear();
  recordVote(state, out, state.config.id, true, now);
  if (state.role === 'pre-candidate') requestVotes(state, out, true);
}

/** Stands for election in a new term. `forced`: at the request of the leader, who has given up its lease. */
export function standForElection(state: RaftState, out: Outbox, now: number, forced: boolean): void {
  state.role = 'candidate';
  state.term += 1;
  state.vote = state.config.id;
  state.leader = null;
  state.forced = forced;
  state.votes.clear();
  state.electionDeadline = now + candidacyMs(state);
  // The own vote counts when it is durable: see `persisted` in step.ts.
  requestVotes(state, out, false);
}

function requestVotes(state: RaftState, out: Outbox, pre: boolean): void {
  const body = {
    type: 'voteRequest',
    pre,
    forced: state.forced && !pre,
    lastIndex: state.log.lastIndex,
    lastTerm: state.log.lastTerm,
  } as const;
  for (const peer of state.group.voters) {
    if (peer === state.config.id) continue;
    if (pre) out.send(peer, body, state.term + 1);
    else out.sendAfterPersist(peer, body);
  }
}

/** Whether this node has promised a leader, now or before a restart, not to help another one up yet. */
function isPromised(state: RaftState, now: number): boolean {
  const { electionTimeoutMs: promiseMs } = state.config;
  return now < state.leaderHeardAt + promiseMs || now < state.bootedAt + promiseMs;
}

/**
 * Whether this node may stand for election: it must be a voter, on the disk it is bound to. One that was removed stands
 * until that is committed: it may be the only one with the entry, which the others cannot do without (Raft thesis,
 * section 4.2.2 and figure 4.6). Its own vote does not count then.
 */
export function isElectable(state: RaftState): boolean {
  return hasOwnDisk(state) && (isVoter(state) || isLeavingVoter(state));
}

function hasOwnDisk(state: RaftState): boolean {
  return isTrusted(state, state.config.id, state.config.storageId);
}

/**
 * Whether a request must not even raise the term here. A node that leads, or that has lately heard from a leader or
 * booted, ignores candidates: this is what makes the lease sound, and keeps a returning voter from unseating a leader.
 *
 * A forced request need not wait for a promise: the leader of the term before has given up its lease. Nor can it break a
 * promise to the leader of a later term, whom a majority has elected: that majority will not vote in this one.
 *
 * Who is a voter is not asked, of the candidate or of this node: it may have become one by an entry that this log does
 * not have yet. The candidate knows whose votes count (Raft thesis, section 4.2).
 */
export function isVoteWithheld(state: RaftState, request: VoteRequest, now: number): boolean {
  if (!isTrusted(state, request.from, request.storageId) || !hasOwnDisk(state)) return true;
  return !request.forced && (state.role === 'leader' || isPromised(state, now));
}

export function handleVoteRequest(state: RaftState, out: Outbox, request: VoteRequest, now: number): void {
  const { from, pre, term } = request;
  const upToDate = state.log.isUpToDate(request.lastIndex, request.lastTerm);
  if (pre) {
    const granted = upToDate && term > state.term;
    // A grant answers in the term asked about; a refusal tells the own one, so that a straggler catches up.
    out.send(from, { type: 'voteResponse', pre, granted }, granted ? term : state.term);
    return;
  }
  const free = state.vote === from || (state.vote === null && state.leader === null);
  const granted = free && upToDate;
  if (granted) {
    state.vote = from;
    // Give the candidate time to win before standing against it.
    state.electionDeadline = Math.max(state.electionDeadline, now + electionTimeoutMs(state));
  }
  out.sendAfterPersist(from, { type: 'voteResponse', pre, granted });
}

export function handleVoteResponse(state: RaftState, out: Outbox, response: VoteResponse, now: number): void {
  const awaited = state.role === 'pre-candidate' ? response.pre : state.role === 'candidate' && !response.pre;
  // A grant of an earlier trial says nothing of this one.
  const current = response.pre && response.granted ? state.term + 1 : state.term;
  if (!awaited || response.term !== current || !isTrusted(state, response.from, response.storageId)) return;
  recordVote(state, out, response.from, response.granted, now);
}

export function recordVote(state: RaftState, out: Outbox, from: NodeId, granted: boolean, now: number): void {
  const { voters, quorum } = state.group;
  if (!voters.includes(from)) return;
  if (!state.votes.has(from)) state.votes.set(from, granted);
  let grants = 0;
  for (const vote of state.votes.values()) if (vote) grants += 1;
  if (grants >= quorum) {
    if (state.role === 'pre-candidate') standForElection(state, out, now, false);
    else becomeLeader(state, out, now);
  } else if (state.votes.size - grants > voters.length - quorum) {
    becomeFollower(state, state.term, null, now);
  }
}
