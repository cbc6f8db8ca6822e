import { settleMembers } from './changing.ts';
import { advanceCommit, offerLeadership } from './leading.ts';
import type { Outbox } from './outbox.ts';
import type { Progress, RaftState } from './raft-state.ts';
import type { Entry, NodeId, RaftMessage } from './raft-types.ts';

type AppendResponse = Extract<RaftMessage, { type: 'appendResponse' }>;
type HeartbeatResponse = Extract<RaftMessage, { type: 'heartbeatResponse' }>;

/** Sends appends until the follower has been sent the whole log or its window is full. */
export function sendMissing(state: RaftState, out: Outbox, to: NodeId, now: number): void {
  const progress = state.progress.get(to);
  if (progress === undefined) return;
  while (progress.next <= state.log.lastIndex && sendAppend(state, out, to, now)) {
    if (progress.mode !== 'replicate') return;
  }
}

/**
 * Sends one append, which may be empty: it then carries the commit index and tests the common prefix.
 *
 * @returns false when the follower must first answer.
 */
export function sendAppend(state: RaftState, out: Outbox, to: NodeId, now: number): boolean {
  const progress = state.progress.get(to);
  if (progress === undefined || !hasRoom(state, progress, now)) return false;
  const prevIndex = progress.next - 1;
  const prevTerm = state.log.termAt(prevIndex);
  if (prevTerm === null) {
    progress.mode = 'snapshot';
    progress.snapshotRetryAt = now + state.config.electionTimeoutMs * 5;
    out.sendSnapshot(to, now);
    return true;
  }
  const entries = nextEntries(state, progress.next);
  const last = entries.at(-1);
  if (last !== undefined) {
    if (progress.mode === 'replicate') {
      progress.next = last.index + 1;
      progress.inflight.push(last.index);
    } else {
      progress.probing = true;
    }
  }
  out.send(to, { type: 'append', prevIndex, prevTerm, entries, commit: state.commit, sentAt: now });
  return true;
}

function hasRoom(state: RaftState, progress: Progress, now: number): boolean {
  if (progress.mode === 'probe') return !progress.probing;
  if (progress.mode === 'snapshot') return now >= progress.snapshotRetryAt;
  return progress.inflight.length < state.config.maxInflightAppends;
}

function nextEntries(state: RaftState, from: number): Entry[] {
  const { maxAppendEntries, maxAppendChars } = state.config;
  const entries = state.log.slice(from, from + maxAppendEntries - 1);
  let chars = 0;
  const over = entries.findIndex((entry, position) => {
    chars += entry.data.length;
    return position > 0 && chars > maxAppendChars;
  });
  return over < 0 ? entries : entries.slice(0, over);
}

/** Notes a sign of life. A voter that answers from another disk than before starts from nothing. */
function heard(progress: Progress, storageId: string, sentAt: number, now: number, next: number): void {
  if (progress.storageId !== null && progress.storageId !== storageId) {
    progress.mode = 'probe';
    progress.match = 0;
    progress.next = next;
    progress.probing = false;
    progress.inflight = [];
    progress.promisedFrom = Number.NEGATIVE_INFINITY;
  }
  progress.storageId = storageId;
  progress.heardAt = now;
  progress.promisedFrom = Math.max(progress.promisedFrom, sentAt);
}

/** Forgets what is under way to a peer, which will not arrive, and looks anew for what it has. */
export function probeAgain(state: RaftState, id: NodeId): void {
  const progress = state.progress.get(id);
  if (progress === undefined) return;
  progress.mode = 'probe';
  progress.next = progress.match + 1;
  progress.probing = false;
  progress.inflight = [];
}

export function handleHeartbeatResponse(
  state: RaftState,
  out: Outbox,
  response: HeartbeatResponse,
  now: number,
): void {
  const progress = state.progress.get(response.from);
  if (progress === undefined) return;
  heard(progress, response.storageId, response.sentAt, now, state.log.lastIndex + 1);
  settleMembers(state, out, now);
  // An append may have been lost: probing again finds out.
  progress.probing = false;
  if (progress.match < state.log.lastIndex) {
    progress.inflight.shift();
    sendAppend(state, out, response.from, now);
  }
}

export function handleAppendResponse(
  state: RaftState,
  out: Outbox,
  response: AppendResponse,
  now: number,
): void {
  const progress = state.progress.get(response.from);
  if (progress === undefined) return;
  heard(progress, response.storageId, response.sentAt, now, state.log.lastIndex + 1);
  if (response.ok) {
    accepted(state, out, response.from, progress, response.index, now);
  } else if (stepBack(state, progress, response)) {
    sendAppend(state, out, response.from, now);
  }
  settleMembers(state, out, now);
}

function accepted(
  state: RaftState,
  out: Outbox,
  from: NodeId,
  progress: Progress,
  index: number,
  now: number,
): void {
  progress.match = Math.max(progress.match, index);
  progress.next = Math.max(progress.next, progress.match + 1);
  progress.inflight = progress.inflight.filter((last) => last > index);
  const caughtUp = state.log.termAt(progress.match) !== null;
  if (progress.mode === 'probe' || (progress.mode === 'snapshot' && caughtUp)) {
    progress.mode = 'replicate';
    progress.probing = false;
    progress.next = progress.match + 1;
    progress.inflight = [];
  }
  advanceCommit(state, out, now);
  sendMissing(state, out, from, now);
  if (state.transfer?.to === from && progress.match === state.log.lastIndex) offerLeadership(state, out, now);
}

/** Moves `next` towards the common prefix; false for a refusal that is out of date. */
function stepBack(state: RaftState, progress: Progress, response: AppendResponse): boolean {
  const refused = response.index;
  if (progress.mode === 'snapshot' || refused <= progress.match) return false;
  if (progress.mode === 'replicate') {
    progress.next = progress.match + 1;
  } else {
    if (refused !== progress.next - 1) return false;
    const common = state.log.findConflict(response.hintIndex, response.hintTerm);
    progress.next = Math.max(progress.match + 1, Math.min(refused, common.index + 1));
  }
  progress.mode = 'probe';
  progress.probing = false;
  progress.inflight = [];
  return true;
}
