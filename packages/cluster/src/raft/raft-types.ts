/** Identity of a voter, as written in the voter list. */
export type NodeId = string;

/**
 * One record of the replicated log.
 * - `noop` opens a term: its commit also commits everything before it (Raft thesis, section 6.4). It says why, for people.
 * - `command` is opaque text for the state machine.
 * - `config` is the whole configuration as JSON. It holds from the moment it is in a log, committed or not.
 */
export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly kind: 'noop' | 'command' | 'config';
  readonly data: string;
}

/** What a voter must never forget: breaking it elects two leaders in one term. */
export interface HardState {
  readonly term: number;
  readonly vote: NodeId | null;
  /** A lower bound of what is committed, written along with the rest; a later one may have been known. */
  readonly commit: number;
}

/** Where a node listens for the others. */
export interface VoterAddress {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
}

/** One node of the group. */
export interface Member extends VoterAddress {
  /** The disk it must answer from; null until it was first heard. A node that comes with another one is not counted. */
  readonly storageId: string | null;
  /** False for a learner: it gets the log, but is not counted. */
  readonly voting: boolean;
}

/** The whole group, in the order of joining. */
export type Configuration = readonly Member[];

/**
 * One step from a configuration to the next; two that differ by one voter have no majorities apart.
 * - `put` adds a learner, which the leader makes a voter once it has caught up, or gives a member another address.
 * - `remove` takes a member out, be it the leader.
 */
export type VoterChange =
  | ({ readonly kind: 'put'; readonly storageId: string | null } & VoterAddress)
  | { readonly kind: 'remove'; readonly id: NodeId };

/** The state machine after `index`, standing in for the log up to there. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  /** As of `index`. */
  readonly configuration: Configuration;
  readonly data: string;
}

interface MessageBase {
  readonly from: NodeId;
  readonly term: number;
  /** Identity of the sender's disk. */
  readonly storageId: string;
}

/**
 * Messages between voters. `sentAt` is the leader's own monotonic clock; followers echo it, so that the leader can
 * measure its lease from the time of sending without keeping a table of rounds.
 */
export type RaftMessage =
  | (MessageBase & {
      readonly type: 'voteRequest';
      /** A trial: changes nothing at the receiver (pre-vote, Raft thesis, section 9.6). */
      readonly pre: boolean;
      /** Sent in a leadership transfer: the leader has given up its lease, so the receiver need not wait for it. */
      readonly forced: boolean;
      readonly lastIndex: number;
      readonly lastTerm: number;
    })
  | (MessageBase & { readonly type: 'voteResponse'; readonly pre: boolean; readonly granted: boolean })
  | (MessageBase & {
      readonly type: 'append';
      readonly prevIndex: number;
      readonly prevTerm: number;
      readonly entries: readonly Entry[];
      readonly commit: number;
      readonly sentAt: number;
    })
  | (MessageBase & {
      readonly type: 'appendResponse';
      readonly ok: boolean;
      /** When ok: the last index known to match. Otherwise: the `prevIndex` that was refused. */
      readonly index: number;
      /** When refused: where the leader should look for the common prefix. */
      readonly hintIndex: number;
      readonly hintTerm: number;
      readonly sentAt: number;
    })
  | (MessageBase & {
      readonly type: 'heartbeat';
      readonly commit: number;
      /** Term of the entry at `commit`: a log that has it there agrees up to there (log matching). */
      readonly commitTerm: number;
      readonly sentAt: number;
    })
  | (MessageBase & { readonly type: 'heartbeatResponse'; readonly sentAt: number })
  | (MessageBase & { readonly type: 'snapshot'; readonly snapshot: Snapshot; readonly sentAt: number })
  | (MessageBase & { readonly type: 'timeoutNow' });

/**
 * A message to send. `needsSnapshotData` asks the driver to fill `snapshot.data` with the state machine as it is after
 * the entries of the same step were applied: the core never holds that state.
 */
export interface Envelope {
  readonly to: NodeId;
  readonly message: RaftMessage;
  readonly needsSnapshotData?: true;
}

/** Acknowledges that everything up to `index` is durable; to be returned to the core as a `persisted` event. */
export interface PersistAck {
  readonly term: number;
  readonly index: number;
}

/** What must reach the disk, in the order of the steps, before `sendAfterPersist` of the same step goes out. */
export interface Persist {
  readonly hardState: HardState;
  /** Replaces the whole log. Comes before `entries`. */
  readonly snapshot: Snapshot | null;
  /** To append; the first one's index may lie inside the log, whose suffix it then replaces. */
  readonly entries: readonly Entry[];
  readonly ack: PersistAck;
}

/** Why a change of the configuration was refused; nothing was done. */
export type ChangeRefusal =
  /** The change before it, or the beginning of the term, is not committed yet. */
  | 'change-pending'
  /** It is so already. */
  | 'no-change'
  /** The member is known by another disk: a lost disk needs a removal first. */
  | 'other-storage'
  /** Another learner is still catching up. */
  | 'learner-pending'
  /** There are as many voters as there may be. */
  | 'too-many'
  | 'not-a-member'
  | 'last-voter'
  /** Of the voters that would be left, no majority answers: the group would stand still for good. */
  | 'no-quorum';

export type ProposalRefusal = 'not-leader' | 'transferring' | 'overloaded' | ChangeRefusal;

export interface Effects {
  readonly persist: Persist | null;
  /** May be sent at once: promises nothing that the disk must remember. */
  readonly send: readonly Envelope[];
  /** May be sent only when `persist` of this step, and of every step before, is durable. */
  readonly sendAfterPersist: readonly Envelope[];
  /** Replaces the state machine. Comes before `apply`. */
  readonly restore: Snapshot | null;
  /** Newly committed entries, in order. */
  readonly apply: readonly Entry[];
  /** Answer to `propose` and `change`: where it went in the log, or why it did not. */
  readonly proposal:
    { readonly firstIndex: number; readonly term: number } | { readonly refused: ProposalRefusal } | null;
}

/** `now` is the node's monotonic clock in milliseconds; it may run up to 5% fast or slow, never backwards. */
export type RaftEvent =
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'receive'; readonly now: number; readonly message: RaftMessage }
  | { readonly type: 'persisted'; readonly now: number; readonly ack: PersistAck }
  | { readonly type: 'propose'; readonly now: number; readonly commands: readonly string[] }
  | { readonly type: 'change'; readonly now: number; readonly change: VoterChange }
  | { readonly type: 'transfer'; readonly now: number; readonly to: NodeId | null }
  /** The connection to a peer broke: what was under way to it is lost. */
  | { readonly type: 'unreachable'; readonly now: number; readonly id: NodeId }
  /** A snapshot up to `index` is durable: the log up to there may go. */
  | { readonly type: 'compact'; readonly now: number; readonly index: number };

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

export interface RaftConfig {
  readonly id: NodeId;
  /**
   * The first voters of a new group: 1, 3 or 5 with this node among them; none for a node that waits to be added to a
   * group. They count only as long as log and snapshot hold no configuration.
   */
  readonly voters: readonly VoterAddress[];
  /** Random identity of this node's disk, made when the disk was first used. */
  readonly storageId: string;
  /** Silence after which a follower stands for election, and the length of every promise not to vote. Default 1000. */
  readonly electionTimeoutMs: number;
  /** Default a tenth of the election timeout. */
  readonly heartbeatIntervalMs: number;
  /** Part of the election timeout a leader trusts its lease for: the rest allows for clocks that drift. Default 0.9. */
  readonly leaseRatio: number;
  /** Largest number of entries in one append message. Default 512. */
  readonly maxAppendEntries: number;
  /** Largest total of `data` characters in one append message (one larger entry still goes alone). Default 524,288. */
  readonly maxAppendChars: number;
  /** Append messages in flight to one follower. Default 64. */
  readonly maxInflightAppends: number;
  /** Entries accepted but not yet committed; beyond it proposals are refused as `overloaded`. Default 16,384. */
  readonly maxUncommittedEntries: number;
  /** Seeds the jitter of the election timeouts. */
  readonly seed: number;
}

/** What the disk gave back at the start. */
export interface RecoveredState {
  readonly hardState: HardState;
  readonly snapshot: Snapshot | null;
  /** Ordered, without gaps, starting at most one after the snapshot's index. */
  readonly entries: readonly Entry[];
}

export const emptyRecovery: RecoveredState = {
  hardState: { term: 0, vote: null, commit: 0 },
  snapshot: null,
  entries: [],
};
