import { decodeConfiguration, groupOf } from './configuration.ts';
import type { ConfigurationAt, Group } from './configuration.ts';
import { RaftLog } from './raft-log.ts';
import type { Entry, Member, NodeId, RaftConfig, RecoveredState, Role } from './raft-types.ts';

/** What a leader knows of one other member. */
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
  /** As learner: the end of the log when this round of catching up began, and when that was. */
  round: { readonly target: number; readonly startedAt: number };
}

export interface Transfer {
  readonly to: NodeId;
  readonly deadline: number;
  sent: boolean;
}

/** Everything a node knows. Only `step` changes it. */
export interface RaftState {
  readonly config: RaftConfig;
  /** By the latest configuration in the log, committed or not (Raft thesis, section 4.1). */
  group: Group;
  /** The latest configuration up to `commit`, for snapshots. */
  committedConfiguration: ConfigurationAt;
  /** Those in the log behind `commit`, in order; what cuts the log takes them back. */
  pendingConfigurations: readonly ConfigurationAt[];
  readonly bootedAt: number;
  readonly log: RaftLog;
  readonly progress: Map<NodeId, Progress>;
  readonly votes: Map<NodeId, boolean>;
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
  const { snapshot } = recovered;
  const first: ConfigurationAt =
    snapshot === null
      ? { index: 0, members: config.voters.map((each) => ({ ...each, storageId: null, voting: true })) }
      : { index: snapshot.index, members: snapshot.configuration };
  const state: RaftState = {
    config,
    group: groupOf(first.members, config.id),
    committedConfiguration: first,
    pendingConfigurations: [],
    bootedAt: now,
    log: new RaftLog(recovered),
    progress: new Map(),
    votes: new Map(),
    role: 'follower',
    term: recovered.hardState.term,
    vote: recovered.hardState.vote,
    leader: null,
    commit: snapshot?.index ?? 0,
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
  return state.config.electionTimeoutMs * (1.03 + 0.1 * state.group.rank + 0.07 * nextRandom(state));
}

/** Pause before another trial when one led nowhere: short, as a trial disturbs nobody. */
export function trialDelayMs(state: RaftState): number {
  return state.config.electionTimeoutMs * (0.2 + 0.1 * state.group.rank + 0.4 * nextRandom(state));
}

/** How long a candidate waits for votes: every voter's disk must answer in that time, be it slow. */
export function candidacyMs(state: RaftState): number {
  return state.config.electionTimeoutMs * (0.6 + 0.1 * state.group.rank + 0.4 * nextRandom(state));
}

/** Whether this node's log makes it a voter. */
export function isVoter(state: RaftState): boolean {
  return state.group.voters.includes(state.config.id);
}

/** Whether this node was a voter, and its removal is not known to be committed. */
export function isLeavingVoter({
  config,
  committedConfiguration,
  pendingConfigurations,
}: RaftState): boolean {
  return [committedConfiguration, ...pendingConfigurations].some(({ members }) => {
    return members.some(({ id, voting }) => voting && id === config.id);
  });
}

/**
 * Whether a node that answers from that disk is the one that is meant. One that is not in the configuration may be: a
 * later configuration than this node knows may have it (Raft thesis, section 4.1).
 */
export function isTrusted(state: RaftState, id: NodeId, storageId: string | null): boolean {
  const bound = memberOf(state, id)?.storageId ?? null;
  return bound === null || bound === storageId;
}

export function memberOf(state: RaftState, id: NodeId): Member | undefined {
  return state.group.members.find((member) => member.id === id);
}

/** Follows the log's latest configuration after entries were appended, in place of any from the same index on. */
export function noteAppended(state: RaftState, entries: readonly Entry[]): void {
  const first = entries[0];
  if (first === undefined) return;
  const kept = state.pendingConfigurations.filter(({ index }) => index < first.index);
  const found = entries.filter(({ kind, index }) => kind === 'config' && index > state.commit);
  if (found.length === 0 && kept.length === state.pendingConfigurations.length) return;
  for (const { index, data } of found) kept.push({ index, members: decodeConfiguration(data) });
  state.pendingConfigurations = kept;
  followConfiguration(state);
}

/** Moves the commit index forward; a configuration up to it can no more be taken back. */
export function noteCommitted(state: RaftState, index: number): void {
  if (index <= state.commit) return;
  state.commit = index;
  if (state.pendingConfigurations.length === 0) return;
  const final = state.pendingConfigurations.findLast((pending) => pending.index <= index);
  if (final !== undefined) state.committedConfiguration = final;
  state.pendingConfigurations = state.pendingConfigurations.filter((pending) => pending.index > index);
}

/** Takes the configuration of a snapshot in place of all that the log held. */
export function noteRestored(state: RaftState, restored: ConfigurationAt): void {
  state.commit = restored.index;
  state.committedConfiguration = restored;
  state.pendingConfigurations = [];
  followConfiguration(state);
}

function followConfiguration(state: RaftState): void {
  const { members } = state.pendingConfigurations.at(-1) ?? state.committedConfiguration;
  if (members !== state.group.members) state.group = groupOf(members, state.config.id);
}
