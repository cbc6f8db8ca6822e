import type { Outbox } from './outbox.ts';
import { electionTimeoutMs } from './raft-state.ts';
import type { RaftState } from './raft-state.ts';
import type { RaftMessage } from './raft-types.ts';
import { becomeFollower } from './voting.ts';

type Append = Extract<RaftMessage, { type: 'append' }>;
type Heartbeat = Extract<RaftMessage, { type: 'heartbeat' }>;
type InstallSnapshot = Extract<RaftMessage, { type: 'snapshot' }>;

/** Takes note of the leader of this term. From here on the promise not to vote runs anew. */
function follow(state: RaftState, message: Append | Heartbeat | InstallSnapshot, now: number): void {
  if (state.role !== 'follower') becomeFollower(state, state.term, message.from, now);
  state.leader = message.from;
  state.leaderHeardAt = now;
  state.electionDeadline = now + electionTimeoutMs(state);
}

export function handleHeartbeat(state: RaftState, out: Outbox, message: Heartbeat, now: number): void {
  follow(state, message, now);
  if (state.log.termAt(message.commit) === message.commitTerm) out.commitTo(message.commit);
  out.send(message.from, { type: 'heartbeatResponse', sentAt: message.sentAt });
}

export function handleAppend(state: RaftState, out: Outbox, message: Append, now: number): void {
  follow(state, message, now);
  const { from, prevIndex, prevTerm, entries, sentAt } = message;
  const { log } = state;
  if (prevIndex < state.commit) {
    // Old news. What is committed matches by definition, so say so instead of searching.
    const answer = { type: 'appendResponse', ok: true, index: state.commit } as const;
    out.sendAfterPersist(from, { ...answer, hintIndex: 0, hintTerm: 0, sentAt });
    return;
  }
  if (log.termAt(prevIndex) !== prevTerm) {
    const hint = log.findConflict(prevIndex, prevTerm);
    const answer = { type: 'appendResponse', ok: false, index: prevIndex } as const;
    out.send(from, { ...answer, hintIndex: hint.index, hintTerm: hint.term, sentAt });
    return;
  }
  // Only a real conflict may cut the log: a delayed append must not take back what a later one brought.
  const firstNew = entries.findIndex((entry) => log.termAt(entry.index) !== entry.term);
  if (firstNew >= 0) out.append(entries.slice(firstNew));
  const matched = prevIndex + entries.length;
  out.commitTo(Math.min(message.commit, matched));
  out.sendAfterPersist(from, {
    type: 'appendResponse',
    ok: true,
    index: matched,
    hintIndex: 0,
    hintTerm: 0,
    sentAt,
  });
}

export function handleSnapshot(state: RaftState, out: Outbox, message: InstallSnapshot, now: number): void {
  follow(state, message, now);
  const { from, snapshot, sentAt } = message;
  if (snapshot.index > state.commit) {
    if (state.log.termAt(snapshot.index) === snapshot.term) {
      // The log already has all of it: what was missing is only the word that it is committed.
      out.commitTo(snapshot.index);
    } else {
      out.restore(snapshot);
    }
  }
  const index = state.commit;
  out.sendAfterPersist(from, {
    type: 'appendResponse',
    ok: true,
    index,
    hintIndex: 0,
    hintTerm: 0,
    sentAt,
  });
}
