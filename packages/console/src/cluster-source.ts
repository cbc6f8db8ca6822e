import type { TimelineEvent } from './timeline-event.ts';

/** A service that registered with the coordinators. */
export interface ServiceEntry {
  readonly id: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
  /** `starting`, `ready` or `draining`; `dead` after its lease ran out. */
  readonly state: string;
  readonly ttlMs: number;
  /** ISO 8601, UTC. */
  readonly registeredAt: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A coordinator as it seems to the one that serves the console. */
export interface CoordinatorEntry {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** `alive`, `suspect`, `dead` or `left`. */
  readonly state: string;
  readonly role: 'leader' | 'follower';
  /** `voter` or `learner`; null when it is neither, or coordination lives in etcd. */
  readonly vote: 'voter' | 'learner' | null;
  /** As the leader knows it: up to which entry it has the log; null elsewhere. */
  readonly match: number | null;
  /** Milliseconds since it was heard of; null for itself and where nobody counts. */
  readonly heardAgoMs: number | null;
}

/** Leadership and the log, as the serving coordinator sees them. */
export interface ClusterView {
  readonly nodeId: string;
  readonly leaderId: string | null;
  readonly term: number;
  /** Out of touch with a leader: what is shown may be old. */
  readonly isStale: boolean;
  readonly revision: number;
  /** `embedded` or `etcd`. */
  readonly engine: string;
  readonly commitIndex: number | null;
  readonly logEntries: number | null;
  /** As leader: how long its lease still runs, ms. */
  readonly leaseMs: number | null;
  readonly electionReason: string | null;
}

/**
 * What the console needs of the coordinator that serves it. Reads are answered from memory, at once.
 */
export interface ClusterSource {
  cluster(): ClusterView;
  coordinators(): readonly CoordinatorEntry[];
  services(): readonly ServiceEntry[];
  /** What happened lately, the newest first. */
  timeline(): readonly TimelineEvent[];
  /** Calls back soon after anything above has changed. @returns what ends it. */
  watch(onChange: () => void): () => void;
  /** Asks another coordinator. @throws Error when it does not answer in time. */
  ask(coordinatorId: string, topic: string, payload: string): Promise<string>;
  /** Answers what other coordinators ask on a topic. */
  answer(topic: string, handler: (payload: string) => Promise<string>): void;
  /** Has the leader hand over. @throws Error when none can be reached. */
  stepDown(): Promise<void>;
  /** Takes a service out of the registry. @returns whether it was there. */
  removeService(id: string): Promise<boolean>;
}
