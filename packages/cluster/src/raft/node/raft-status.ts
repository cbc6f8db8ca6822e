import type { ElectionNote } from '../election-note.ts';
import { isTrusted } from '../raft-state.ts';
import type { RaftState } from '../raft-state.ts';
import type { Member, NodeId, Role } from '../raft-types.ts';

/** What a leader knows of a member of the group; followers know only whether they are connected to it. */
export interface VoterStatus {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
  /** This node has a connection to it. */
  readonly connected: boolean;
  /** As leader: how much of the log it has on disk. */
  readonly match: number | null;
  /** As leader: milliseconds since it last answered. */
  readonly heardAgoMs: number | null;
  /** False when it answers from a disk other than the one it is bound to: it is brought up to date, but not counted. */
  readonly trusted: boolean;
  readonly storageId: string | null;
}

export interface ElectionStatus extends ElectionNote {
  /** When this node learnt of it, ISO 8601; null when that was before it started. */
  readonly at: string | null;
}

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: number;
  readonly leaderId: NodeId | null;
  readonly commitIndex: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Milliseconds the lease still runs; 0 without one. */
  readonly leaseMs: number;
  /** Those that are counted. */
  readonly voters: readonly VoterStatus[];
  /** The last election that was decided, and why there was one; null while the log that says so is compacted away. */
  readonly lastElection: ElectionStatus | null;
  /** Those that are brought up to date to become voters. */
  readonly learners: readonly VoterStatus[];
  /** The latest change of voters and learners is not known to be committed. */
  readonly changePending: boolean;
}

export function raftStatus(
  state: RaftState,
  now: number,
  leaseEnd: number,
  lastElection: ElectionStatus | null,
  isConnected: (id: NodeId) => boolean,
): RaftStatus {
  const { config, log, group } = state;
  const statusOf = (member: Member): VoterStatus => memberStatus(state, member, now, isConnected);
  return {
    id: config.id,
    role: state.role,
    term: state.term,
    leaderId: state.leader,
    commitIndex: state.commit,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    leaseMs: Math.max(0, Math.round(leaseEnd - now)) || 0,
    voters: group.members.filter(({ voting }) => voting).map(statusOf),
    lastElection,
    learners: group.members.filter(({ voting }) => !voting).map(statusOf),
    changePending: state.pendingConfigurations.length > 0,
  };
}

function memberStatus(
  state: RaftState,
  { id, host, port, storageId: bound }: Member,
  now: number,
  isConnected: (id: NodeId) => boolean,
): VoterStatus {
  const own = id === state.config.id;
  const known = state.progress.get(id);
  const storageId = own ? state.config.storageId : (known?.storageId ?? bound);
  return {
    id,
    host,
    port,
    connected: own || isConnected(id),
    match: own ? state.log.lastIndex : (known?.match ?? null),
    heardAgoMs: own ? 0 : known === undefined ? null : Math.round(now - known.heardAt),
    trusted: isTrusted(state, id, storageId),
    storageId,
  };
}
