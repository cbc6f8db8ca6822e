import type { NodeState } from '../client/service-node.ts';

/** What a service says of itself when it registers. */
export interface Registration {
  /** Unique in the whole registry: 1 to 64 letters, digits, dots, dashes and underscores. */
  readonly id: string;
  /** Kind of service, of the same form. */
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly state: NodeState;
  /** It is forgotten when it is not renewed for so long; 1,000 to 300,000. */
  readonly ttlMs: number;
  /** At most 4,096 bytes as JSON. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A registration as it is kept. */
export interface RegistryNode extends Registration {
  /** Revision of its last change. */
  readonly revision: number;
  /** ISO 8601, UTC: when it was first registered, by the leader's clock. */
  readonly registeredAt: string;
}

/** A message to everyone, kept so that it can be delivered late. */
export interface Broadcast {
  /** Given by the sender or made by the coordinator; the same id is taken once. */
  readonly id: string;
  readonly from: string;
  /** Any JSON value; at most 4,096 bytes as JSON. */
  readonly message: unknown;
  /** ISO 8601, UTC, by the leader's clock. */
  readonly at: string;
}

/** One change of the replicated state. Revisions count up by one. */
export type RegistryChange =
  | {
      readonly kind: 'node';
      readonly type: 'registered' | 'updated' | 'removed' | 'expired';
      readonly node: RegistryNode;
      readonly revision: number;
    }
  | { readonly kind: 'broadcast'; readonly broadcast: Broadcast; readonly revision: number };

/** Bounds of the registry. */
export const registryLimits = {
  maxNodes: 10_000,
  minTtlMs: 1_000,
  maxTtlMs: 300_000,
  maxMetadataBytes: 4_096,
  maxMessageBytes: 4_096,
  /** Changes kept for watchers that come back; older ones are answered with a snapshot. */
  historyLength: 4_096,
  /** Broadcasts kept to be told apart from repetitions. */
  keptBroadcasts: 1_000,
} as const;

/** Form of ids and of service names. */
export const registryIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Tells a command that is sent again from a new one. */
export interface CallId {
  /** Random, new with each start of a coordinator. */
  readonly caller: string;
  /** Counts up from 1. */
  readonly number: number;
  /** All with a lower number are answered or given up. */
  readonly settled: number;
}

/** Commands in the log. `at` is the leader's wall clock, so that all nodes keep the same time. */
export type RegistryCommand =
  | { readonly op: 'put'; readonly call: CallId; readonly registration: Registration; readonly at: string }
  | { readonly op: 'remove'; readonly call: CallId; readonly id: string }
  /** Only nodes still at the revision given: one that came back meanwhile stays. */
  | { readonly op: 'expire'; readonly nodes: readonly (readonly [id: string, revision: number])[] }
  | { readonly op: 'broadcast'; readonly call: CallId; readonly broadcast: Broadcast };

/** Answers to commands. */
export type RegistryResult =
  | { readonly outcome: 'registered' | 'updated' | 'renewed' | 'removed'; readonly node: RegistryNode }
  | { readonly outcome: 'expired'; readonly count: number }
  | {
      readonly outcome: 'broadcast' | 'repeated';
      readonly broadcast: Broadcast;
      readonly revision: number;
    }
  | { readonly outcome: 'id-taken'; readonly node: RegistryNode }
  | { readonly outcome: 'at'; readonly revision: number }
  | { readonly outcome: 'full' | 'unknown' };
