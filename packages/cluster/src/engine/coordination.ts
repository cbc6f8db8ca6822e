import type { Election } from '../election/election.ts';
import type { PeerRequests } from '../raft/node/peer-requests.ts';
import type { Registry } from '../registry/registry.ts';

/** What every engine's registry offers; see `Registry` for what each method promises. */
export type ServiceRegistry = Pick<
  Registry,
  'revision' | 'get' | 'list' | 'register' | 'remove' | 'broadcast' | 'sync' | 'changesSince' | 'watch'
>;

/** Election and registry, whatever they stand on: `EmbeddedCoordination` (Raft) or `EtcdCoordination`. */
export interface Coordination {
  readonly registry: ServiceRegistry;
  readonly election: Election;
  /** Questions between the coordinators themselves. */
  readonly peers: PeerRequests;
  start(): void;
  /** Whether reads of the registry are nearly current. */
  isCurrent(): boolean;
  /** Whether this coordinator leads right now, and no other can. */
  holdsLeadership(): boolean;
  /** Gives up leadership, so that the others need not wait, and ends. */
  stop(): Promise<void>;
}
