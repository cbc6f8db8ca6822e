/** What the services answer, as far as this command reads it. */

/** A coordinator or a service. */
export interface NodeView {
  readonly id: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly role: string;
  readonly alive: boolean;
  readonly state: string;
}

/** A voter or a learner. */
export interface VoterView {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly connected: boolean;
  readonly match: number | null;
  readonly heardAgoMs: number | null;
  readonly trusted: boolean;
}

/** `GET /v1/status` of a coordinator. */
export interface ClusterStatus {
  readonly nodeId: string;
  readonly leaderId: string | null;
  readonly term: number;
  readonly stale: boolean;
  readonly revision: number;
  readonly totals: {
    readonly coordinators: number;
    readonly coordinatorsAlive: number;
    readonly services: number;
    readonly servicesReady: number;
    readonly servicesLost: number;
  };
  readonly nodes: readonly NodeView[];
  /** Null when coordination lives in etcd. */
  readonly raft: {
    readonly lastIndex: number;
    readonly commitIndex: number;
    readonly voters: readonly VoterView[];
    readonly learners: readonly VoterView[];
  } | null;
}

/** `GET /v1/nodes` of a coordinator. */
export interface RegisteredNode extends NodeView {
  readonly metadata: Readonly<Record<string, string>>;
}

/** `GET /v1/leader` of a coordinator. */
export interface LeaderView {
  readonly leaderId: string | null;
  readonly term: number;
  readonly stale: boolean;
}

/** A backend of an lb-proxy. */
export interface BackendView {
  readonly id: string;
  readonly pool: string | null;
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly state: string;
  readonly source: string;
  readonly health: string;
  readonly eligible: boolean;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly failedConnects: number;
  readonly p50ResponseTimeMs: number | null;
  readonly p99ResponseTimeMs: number | null;
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
}

/** `GET /v1/stats` of an lb-proxy. */
export interface ProxyStatistics {
  readonly strategy: string;
  readonly connections: { readonly total: number; readonly active: number; readonly waiting: number };
  readonly refused: Readonly<Record<string, number>>;
  readonly panic: boolean;
  readonly discovery: { readonly connected: boolean };
  readonly backends: readonly BackendView[];
}

/** `GET /v1/strategy` of an lb-proxy. */
export interface StrategyView {
  readonly name: string;
  readonly available: readonly string[];
}

/** `GET /v1/explain` of an lb-proxy. */
export interface Explanation {
  readonly source: string;
  readonly strategy: string;
  readonly scoreMeaning: string;
  readonly backends: readonly {
    readonly id: string;
    readonly standing: string;
    readonly reason: string | null;
    readonly score: number | null;
  }[];
}

/** `GET /readyz` of any service. */
export interface ReadinessReport {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
}

/** `POST /v1/invalidations` of a cache-service. */
export interface InvalidationReport {
  readonly pattern: string;
  readonly complete: boolean;
  readonly deleted: number;
  readonly shards: readonly { readonly shard: string; readonly ok: boolean; readonly deleted: number }[];
}

/** `GET /v1/migrations` of a player-service. */
export interface MigrationList {
  readonly items: readonly {
    readonly number: number;
    readonly name: string;
    readonly appliedAt: string | null;
  }[];
}
