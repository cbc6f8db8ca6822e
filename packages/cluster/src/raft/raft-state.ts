import { RaftLog } from './raft-log.ts';
import type { Entry, NodeId, RaftConfig, RecoveredState, Role } from './raft-types.ts';

/** What a leader knows of one other voter. */
export interface Progress {
  /**
   * `probe`: the common prefix is being looked for, one append at a time. `replicate`: appends are streamed.
   * `snapshot`: a snapshot was sent and nothing else goes until it is acknowledged or given up.
   */
  mode: 'probe' | 'replicate' | 'snapshot';
  match: number;
  next: number;
  /** In `probe`: an append is on its way. */
  probing: boolean;
  /** In `replicate`: last indexes of the appends on their way. */
  inflight: number[];
  /** In `snapshot`: when to stop waiting for it. */
  snapshotRetryAt: number;
  /** When it was last heard from, for check-quorum. */
  heardAt: number;
  /** Latest `sentAt` it has echoed: it promised then not to vote for an election timeout. */
  promisedFrom: number;
  /** The disk it answers from; null until it answers. */
  storageId: string | null;
}

export interface Transfer {
  readonly to: NodeId;
  readonly deadline: number;
  sent: boolean;
}

/** Everything a voter knows. Only `step` changes it. */
export interface RaftState {
  readonly config: RaftConfig;
  readonly peers: readonly NodeId[];
  readonly quorum: number;
  /** Place in the order of standing for election: 0 for the highest id. */
  readonly rank: number;
  readonly bootedAt: number;
  readonly log: RaftLog;
  readonly progress: Map<NodeId, Progress>;
  readonly votes: Map<NodeId, boolean>;
  /** Committed: which disk each voter must answer from. */
  readonly storages: Map<NodeId, string>;
  /** The same, in the log but not known to be committed. */
  pendingBinds: readonly { readonly index: number; readonly id: NodeId; readonly storageId: string }[];
  role: Role;
  term: number;
  vote: NodeId | null;
  leader: NodeId | null;
  commit: number;
  /** When the current leader was last heard: no vote for an election timeout after it. */
  leaderHeardAt: number;
  electionDeadline: number;
  heartbeatAt: number;
  /** The candidate stands on the word of the leader it replaces. */
  forced: boolean;
  /** As leader: own entries known durable. */
  durable: number;
  /** As leader: index of the no-op that opened the term. */
  termStart: number;
  /** As leader: leadership was offered to another in this term, so that no lease may be held in it any more. */
  leaseRenounced: boolean;
  transfer: Transfer | null;
  random: number;
}

export function createRaftState(config: RaftConfig, recovered: RecoveredState, now: number): RaftState {
  const byPriority = [...config.voters].toSorted(compareIds).toReversed();
  const state: RaftState = {
    config,
    peers: config.voters.filter((id) => id !== config.id),
    quorum: Math.floor(config.voters.length / 2) + 1,
    rank: byPriority.indexOf(config.id),
    bootedAt: now,
    log: new RaftLog(recovered),
    progress: new Map(),
    votes: new Map(),
    storages: new Map(Object.entries(recovered.snapshot?.storages ?? {})),
    pendingBinds: [],
    role: 'follower',
    term: recovered.hardState.term,
    vote: recovered.hardState.vote,
    leader: null,
    commit: recovered.snapshot?.index ?? 0,
    leaderHeardAt: Number.NEGATIVE_INFINITY,
    electionDeadline: 0,
    heartbeatAt: 0,
    forced: false,
    durable: 0,
    termStart: 0,
    leaseRenounced: false,
    transfer: null,
    random: config.seed | 0,
  };
  noteAppended(state, recovered.entries);
  noteCommitted(state, Math.min(recovered.hardState.commit, state.log.lastIndex));
  state.electionDeadline = now + electionTimeoutMs(state);
  return state;
}

/** Orders ids as people do: `coordinator-10` after `coordinator-9`. */
function compareIds(left: NodeId, right: NodeId): number {
  return left.localeCompare(right, 'en', { numeric: true }) || (left < right ? -1 : 1);
}

/** A number in [0, 1) (mulberry32). Kept in the state, so that a seed replays a run exactly. */
export function nextRandom(state: RaftState): number {
  state.random = (state.random + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state.random ^ (state.random >>> 15), 1 | state.random);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

/**
 * Silence after which this node stands. Never less than one election timeout, the length of the promise given to the
 * leader; staggered by priority so that the highest id stands first and finds no rival; jittered in case it does.
 */
export function electionTimeoutMs(state: RaftState): number {
  return state.config.electionTimeoutMs * (1.03 + 0.1 * state.rank + 0.07 * nextRandom(state));
}

/** Pause before another trial when one led nowhere: short, as a trial disturbs nobody. */
export function trialDelayMs(state: RaftState): number {
  return state.config.electionTimeoutMs * (0.2 + 0.1 * state.rank + 0.4 * nextRandom(state));
}

/** How long a candidate waits for votes: every voter's disk must answer in that time, be it slow. */
export function candidacyMs(state: RaftState): number {
  return state.config.electionTimeoutMs * (0.6 + 0.1 * state.rank + 0.4 * nextRandom(state));
}

/**
 * Whether a voter that answers from that disk counts. While a change of its disk is not committed, neither the old nor
 * the new one does: the others alone must carry the change, which makes it as safe as removing and adding a voter.
 */
export function isTrusted(state: RaftState, id: NodeId, storageId: string | null): boolean {
  const bound = state.storages.get(id);
  if (bound !== undefined && bound !== storageId) return false;
  return state.pendingBinds.every((pending) => pending.id !== id || pending.storageId === storageId);
}

/** Data of a `bind` entry: `[voter, storageId]`. */
export function bindData(id: NodeId, storageId: string): string {
  return JSON.stringify([id, storageId]);
}

/** Keeps the bindings in step with entries that were appended, in place of any from the same index on. */
export function noteAppended(state: RaftState, entries: readonly Entry[]): void {
  const first = entries[0];
  if (first === undefined) return;
  const kept = state.pendingBinds.filter((pending) => pending.index < first.index);
  for (const { kind, index, data } of entries) {
    if (kind !== 'bind' || index <= state.commit) continue;
    const [id, storageId] = JSON.parse(data) as [NodeId, string];
    kept.push({ index, id, storageId });
  }
  state.pendingBinds = kept;
}

/** Moves the commit index forward; the bindings up to it become final. */
export function noteCommitted(state: RaftState, index: number): void {
  if (index <= state.commit) return;
  state.commit = index;
  for (const pending of state.pendingBinds) {
    if (pending.index <= index) state.storages.set(pending.id, pending.storageId);
  }
  state.pendingBinds = state.pendingBinds.filter((pending) => pending.index > index);
}
