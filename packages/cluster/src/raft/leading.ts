import { leaseUntil, quorumHeardAt, quorumMatch } from './lease.ts';
import type { Outbox } from './outbox.ts';
import { encodeElection } from './election-note.ts';
import { freshProgress, settleMembers } from './changing.ts';
import { isTrusted, isVoter } from './raft-state.ts';
import type { RaftState } from './raft-state.ts';
import { sendAppend, sendMissing } from './replication.ts';
import type { Configuration, Entry, NodeId } from './raft-types.ts';
import { becomeFollower } from './voting.ts';

export function becomeLeader(state: RaftState, out: Outbox, now: number): void {
  const reason = state.forced ? 'transfer' : state.log.lastIndex === 0 ? 'start' : 'silence';
  state.role = 'leader';
  state.leader = state.config.id;
  state.leaseRenounced = false;
  state.forced = false;
  state.transfer = null;
  state.durable = 0;
  state.termStart = state.log.lastIndex + 1;
  for (const peer of state.group.peers) state.progress.set(peer, freshProgress(state, now));
  appendOwn(state, out, now, [{ kind: 'noop', data: encodeElection(state.config.id, reason) }]);
  sendHeartbeats(state, out, now);
}

/** Appends entries of the own term and sends them on. */
export function appendOwn(
  state: RaftState,
  out: Outbox,
  now: number,
  bodies: readonly Pick<Entry, 'kind' | 'data'>[],
): void {
  const first = state.log.lastIndex + 1;
  out.append(bodies.map((body, offset) => ({ index: first + offset, term: state.term, ...body })));
  for (const peer of state.group.peers) sendMissing(state, out, peer, now);
}

export function sendHeartbeats(state: RaftState, out: Outbox, now: number): void {
  state.heartbeatAt = now + state.config.heartbeatIntervalMs;
  for (const peer of state.group.peers) {
    // Never beyond what the follower is known to share with this log.
    const commit = Math.min(state.commit, state.progress.get(peer)?.match ?? 0);
    const commitTerm = state.log.termAt(commit) ?? 0;
    out.send(peer, { type: 'heartbeat', commit, commitTerm, sentAt: now });
  }
}

/** Heartbeats, check-quorum, and giving up a transfer that came to nothing. */
export function tickLeader(state: RaftState, out: Outbox, now: number): void {
  const transferFailed = state.transfer !== null && now >= state.transfer.deadline;
  const quorumLost = now >= quorumHeardAt(state, now) + state.config.electionTimeoutMs;
  if (transferFailed || quorumLost) {
    // After a failed transfer the lease stays renounced for the term: the offer may still be under way.
    becomeFollower(state, state.term, null, now);
    return;
  }
  if (now >= state.heartbeatAt) sendHeartbeats(state, out, now);
}

/** When `tickLeader` next has something to do. */
export function leaderWakeAt(state: RaftState, now: number): number {
  const transferAt = state.transfer?.deadline ?? Number.POSITIVE_INFINITY;
  const quorumAt = quorumHeardAt(state, now) + state.config.electionTimeoutMs;
  return Math.min(state.heartbeatAt, transferAt, quorumAt);
}

/**
 * Commits what a quorum has on disk. Only an entry of the own term may be counted; it carries the older ones with it
 * (Raft paper, section 5.4.2 and figure 8).
 */
export function advanceCommit(state: RaftState, out: Outbox, now: number): void {
  const match = quorumMatch(state);
  if (match <= state.commit || state.log.termAt(match) !== state.term) return;
  const before = state.committedConfiguration.members;
  out.commitTo(match);
  for (const peer of state.group.peers) sendAppend(state, out, peer, now);
  if (state.committedConfiguration.members !== before) bidFarewell(state, out, before, now);
  if (state.pendingConfigurations.length > 0) return;
  if (isVoter(state)) settleMembers(state, out, now);
  else if (state.transfer === null) stepDown(state, out, now);
}

/** Tells who was removed that this is final. A word that is lost leaves it asking for votes that it will not get. */
function bidFarewell(state: RaftState, out: Outbox, before: Configuration, now: number): void {
  const commitTerm = state.log.termAt(state.commit) ?? 0;
  for (const { id } of before) {
    if (id === state.config.id || state.group.peers.includes(id)) continue;
    out.send(id, { type: 'heartbeat', commit: state.commit, commitTerm, sentAt: now });
  }
}

/** A leader that is no longer of the group leads until that is committed, and then hands over. */
function stepDown(state: RaftState, out: Outbox, now: number): void {
  startTransfer(state, out, now, null);
  if (state.transfer === null && state.role === 'leader') becomeFollower(state, state.term, null, now);
}

/**
 * Hands leadership to the voter that has most of the log. The lease is given up first, and for the whole term:
 * the successor's election will not wait for it.
 */
export function startTransfer(state: RaftState, out: Outbox, now: number, wanted: NodeId | null): void {
  if (state.role !== 'leader' || state.transfer !== null) return;
  const to = wanted ?? mostAdvancedPeer(state, now);
  const progress = to === null ? undefined : state.progress.get(to);
  if (to === null || progress === undefined || !state.group.voters.includes(to)) return;
  state.leaseRenounced = true;
  state.transfer = { to, deadline: now + state.config.electionTimeoutMs, sent: false };
  if (progress.match === state.log.lastIndex) offerLeadership(state, out, now);
  else sendAppend(state, out, to, now);
}

export function offerLeadership(state: RaftState, out: Outbox, now: number): void {
  if (state.transfer === null || state.transfer.sent) return;
  state.transfer.sent = true;
  out.send(state.transfer.to, { type: 'timeoutNow' });
  // The successor's group knows it no more, and will not tell it of the new term.
  if (!isVoter(state)) becomeFollower(state, state.term, null, now);
}

/** Of those that have answered lately. */
function mostAdvancedPeer(state: RaftState, now: number): NodeId | null {
  let best: NodeId | null = null;
  let bestHeardAt = Number.NEGATIVE_INFINITY;
  let bestMatch = -1;
  for (const [id, { match, heardAt, storageId }] of state.progress) {
    const away = now - heardAt >= state.config.electionTimeoutMs / 2;
    if (away || !state.group.voters.includes(id) || !isTrusted(state, id, storageId)) continue;
    if (match > bestMatch || (match === bestMatch && heardAt > bestHeardAt)) {
      best = id;
      bestMatch = match;
      bestHeardAt = heardAt;
    }
  }
  return best;
}

/** Whether this node may act as leader at `now`. */
export function holdsLease(state: RaftState, now: number): boolean {
  return now < leaseUntil(state, now);
}
