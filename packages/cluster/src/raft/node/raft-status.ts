import { isTrusted } from '../raft-state.ts';
import type { RaftState } from '../raft-state.ts';
import type { NodeId, Role } from '../raft-types.ts';

/** What a leader knows of a voter; followers know only whether they are connected to it. */
export interface VoterStatus {
  readonly id: NodeId;
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
  readonly voters: readonly VoterStatus[];
}

export function raftStatus(
  state: RaftState,
  now: number,
  leaseEnd: number,
  isConnected: (id: NodeId) => boolean,
): RaftStatus {
  const { config, log, progress } = state;
  const voters = config.voters.map((id): VoterStatus => {
    const own = id === config.id;
    const known = progress.get(id);
    const storageId = own ? config.storageId : (known?.storageId ?? state.storages.get(id) ?? null);
    return {
      id,
      connected: own || isConnected(id),
      match: own ? log.lastIndex : (known?.match ?? null),
      heardAgoMs: own ? 0 : known === undefined ? null : Math.round(now - known.heardAt),
      trusted: isTrusted(state, id, storageId),
      storageId,
    };
  });
  return {
    id: config.id,
    role: state.role,
    term: state.term,
    leaderId: state.leader,
    commitIndex: state.commit,
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    leaseMs: Math.max(0, Math.round(leaseEnd - now)) || 0,
    voters,
  };
}
