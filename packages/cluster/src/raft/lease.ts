import { isTrusted } from './raft-state.ts';
import type { Progress, RaftState } from './raft-state.ts';
import type { NodeId } from './raft-types.ts';

/**
 * Until when, on this node's own clock, no other node can lead; -Infinity without a lease.
 *
 * A follower that answers a message promises not to vote for an election timeout after it received it, hence after it
 * was sent. With the promises of a quorum, counted from the sending of the oldest of them, no one else can gather
 * votes for an election timeout; the lease ratio leaves room for clocks that run at different rates. (The idea is
 * Gray and Cheriton's, 1989; compare section 6.4.1 of the Raft thesis, which leaves the vote withholding implicit.)
 */
export function leaseUntil(state: RaftState, now: number): number {
  if (state.role !== 'leader' || state.leaseRenounced || state.commit < state.termStart) {
    return Number.NEGATIVE_INFINITY;
  }
  const promisedFrom = quorumValue(state, now, Number.NEGATIVE_INFINITY, (peer) => peer.promisedFrom);
  return promisedFrom + state.config.electionTimeoutMs * state.config.leaseRatio;
}

/** When a quorum was last heard from, this node counting as heard now. */
export function quorumHeardAt(state: RaftState, now: number): number {
  return quorumValue(state, now, Number.NEGATIVE_INFINITY, (peer) => peer.heardAt);
}

/** Index up to which a quorum has the log on disk. */
export function quorumMatch(state: RaftState): number {
  return quorumValue(state, state.durable, 0, (peer) => peer.match);
}

/** The largest value that a quorum of voters reaches; voters without trust count as `lowest`. */
function quorumValue(
  state: RaftState,
  own: number,
  lowest: number,
  valueOf: (progress: Progress) => number,
): number {
  const { voters, quorum } = state.group;
  const { id: self } = state.config;
  const values: number[] = [];
  for (const id of voters) {
    // A leader that is about to leave the group leads it, but is no part of its quorum (Raft thesis, section 4.2.2).
    const value = id === self ? own : countedValue(state, id, lowest, valueOf);
    let at = values.length;
    for (; at > 0 && (values[at - 1] ?? lowest) < value; at -= 1) values[at] = values[at - 1] ?? lowest;
    values[at] = value;
  }
  return values[quorum - 1] ?? lowest;
}

function countedValue(
  state: RaftState,
  id: NodeId,
  lowest: number,
  valueOf: (progress: Progress) => number,
): number {
  const progress = state.progress.get(id);
  if (progress === undefined) return lowest;
  // One that has not answered in this term has promised nothing yet, but has its time to do so.
  const counts = progress.storageId === null || isTrusted(state, id, progress.storageId);
  return counts ? valueOf(progress) : lowest;
}
