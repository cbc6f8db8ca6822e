import { handleAppend, handleHeartbeat, handleSnapshot } from './following.ts';
import { advanceCommit, appendOwn, leaderWakeAt, startTransfer, tickLeader } from './leading.ts';
import { Outbox } from './outbox.ts';
import { startChange } from './changing.ts';
import type { RaftState } from './raft-state.ts';
import { handleAppendResponse, handleHeartbeatResponse, probeAgain } from './replication.ts';
import type { Effects, PersistAck, RaftEvent, RaftMessage } from './raft-types.ts';
import {
  becomeFollower,
  handleVoteRequest,
  isElectable,
  handleVoteResponse,
  isVoteWithheld,
  recordVote,
  standForElection,
  startTrial,
} from './voting.ts';

/**
 * The Raft protocol (Ongaro and Ousterhout 2014; Ongaro's thesis) as a function: takes what happened, advances
 * `state`, and says what must be done about it. It reads no clock, disk, socket or random source, so a run is replayed
 * exactly from its events.
 *
 * The caller owes it three things: events in the order they happened with a clock that never runs backwards;
 * `persist` made durable in the order of the steps, with `sendAfterPersist` held back until then and a `persisted`
 * event afterwards; and a `tick` no later than `nextWakeAt`.
 */
export function step(state: RaftState, event: RaftEvent): Effects {
  const out = new Outbox(state);
  switch (event.type) {
    case 'tick':
      if (state.role === 'leader') tickLeader(state, out, event.now);
      else if (event.now >= state.electionDeadline) startTrial(state, out, event.now);
      break;
    case 'receive':
      receive(state, out, event.message, event.now);
      break;
    case 'persisted':
      persisted(state, out, event.ack, event.now);
      break;
    case 'propose':
      propose(state, out, event.commands, event.now);
      break;
    case 'change':
      startChange(state, out, event.change, event.now);
      break;
    case 'transfer':
      startTransfer(state, out, event.now, event.to);
      break;
    case 'unreachable':
      probeAgain(state, event.id);
      break;
    case 'compact':
      state.log.compact(Math.min(event.index, state.commit));
      break;
  }
  return out.finish();
}

/** When the next `tick` is due. */
export function nextWakeAt(state: RaftState, now: number): number {
  return state.role === 'leader' ? leaderWakeAt(state, now) : state.electionDeadline;
}

function receive(state: RaftState, out: Outbox, message: RaftMessage, now: number): void {
  // Who is not of the group is heard, too: the log that says so may be behind (Raft thesis, section 4.1).
  if (message.from === state.config.id) return;
  if (message.type === 'voteRequest' && isVoteWithheld(state, message, now)) {
    out.send(message.from, { type: 'voteResponse', pre: message.pre, granted: false });
    return;
  }
  if (message.term > state.term) {
    const trial =
      (message.type === 'voteRequest' && message.pre) ||
      (message.type === 'voteResponse' && message.pre && message.granted);
    if (!trial) becomeFollower(state, message.term, null, now);
  } else if (message.term < state.term) {
    answerStale(out, message);
    return;
  }
  handle(state, out, message, now);
}

/** Tells a sender of an older term where we are; a deposed leader and a late candidate learn of it this way. */
function answerStale(out: Outbox, message: RaftMessage): void {
  if (message.type === 'append' || message.type === 'heartbeat' || message.type === 'snapshot') {
    out.sendAfterPersist(message.from, { type: 'heartbeatResponse', sentAt: Number.NEGATIVE_INFINITY });
  } else if (message.type === 'voteRequest') {
    out.sendAfterPersist(message.from, { type: 'voteResponse', pre: message.pre, granted: false });
  }
}

function handle(state: RaftState, out: Outbox, message: RaftMessage, now: number): void {
  switch (message.type) {
    case 'voteRequest':
      return handleVoteRequest(state, out, message, now);
    case 'voteResponse':
      return handleVoteResponse(state, out, message, now);
    case 'append':
      return handleAppend(state, out, message, now);
    case 'heartbeat':
      return handleHeartbeat(state, out, message, now);
    case 'snapshot':
      return handleSnapshot(state, out, message, now);
    case 'appendResponse':
      if (state.role === 'leader') handleAppendResponse(state, out, message, now);
      return;
    case 'heartbeatResponse':
      if (state.role === 'leader') handleHeartbeatResponse(state, out, message, now);
      return;
    case 'timeoutNow':
      if (state.role !== 'leader' && isElectable(state)) standForElection(state, out, now, true);
  }
}

/** The own disk has caught up: now the own vote and the own copy of the log count. */
function persisted(state: RaftState, out: Outbox, ack: PersistAck, now: number): void {
  // An older term's entries may since have been replaced, so that its word means nothing.
  if (ack.term !== state.term) return;
  if (state.role === 'candidate') recordVote(state, out, state.config.id, true, now);
  if (state.role === 'leader') {
    state.durable = Math.max(state.durable, ack.index);
    advanceCommit(state, out, now);
  }
}

function propose(state: RaftState, out: Outbox, commands: readonly string[], now: number): void {
  if (state.role !== 'leader') {
    out.answerProposal({ refused: 'not-leader' });
  } else if (state.transfer !== null || state.leaseRenounced) {
    out.answerProposal({ refused: 'transferring' });
  } else if (state.log.lastIndex - state.commit + commands.length > state.config.maxUncommittedEntries) {
    out.answerProposal({ refused: 'overloaded' });
  } else {
    const firstIndex = state.log.lastIndex + 1;
    appendOwn(
      state,
      out,
      now,
      commands.map((data) => ({ kind: 'command', data })),
    );
    out.answerProposal({ firstIndex, term: state.term });
  }
}
