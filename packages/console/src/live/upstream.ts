/** The parts of other services' answers that the console reads. */

/** `GET /v1/listeners` of an lb-proxy. */
export interface ListenerList {
  readonly items: readonly {
    readonly name: string;
    readonly listen: string;
    readonly port: number;
    readonly strategy: string;
    readonly pools: readonly { readonly name: string; readonly strategy: string }[];
  }[];
}

/** A backend in `GET /v1/stats`. */
export interface BackendReport {
  readonly id: string;
  readonly pool: string | null;
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly maxConnections: number;
  readonly state: string;
  readonly source: string;
  readonly health: string;
  readonly eligible: boolean;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly failedConnects: number;
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
}

/** `GET /v1/stats` of an lb-proxy. */
export interface BalancerStatistics {
  readonly uptimeMs: number;
  readonly strategy: string;
  readonly connections: { readonly total: number; readonly active: number; readonly waiting: number };
  readonly refused: Readonly<Record<string, number>>;
  readonly panic: boolean;
  readonly discovery: { readonly connected: boolean };
  readonly backends: readonly BackendReport[];
}

type Values = readonly (number | null)[];

/** `GET /v1/history` of an lb-proxy. */
export interface BackendHistories {
  readonly intervalMs: number;
  readonly lastSample: number;
  readonly items: readonly {
    readonly id: string;
    readonly active: Values;
    readonly connectionsPerSecond: Values;
    readonly bytesPerSecond: Values;
    readonly p50Ms: Values;
    readonly p99Ms: Values;
  }[];
}

/** `GET /v1/events` of an lb-proxy. */
export interface BalancerEvents {
  readonly last: number;
  readonly items: readonly {
    readonly number: number;
    readonly at: string;
    readonly kind: string;
    readonly subject: string;
    readonly detail: string;
  }[];
}

/** `GET /v1/status` of a cache-service. */
export interface CacheStatus {
  readonly engine: string;
  readonly connected: boolean;
  readonly sizeBytes: number | null;
  readonly entries: number | null;
  readonly evictions: number | null;
  readonly operations: number;
  readonly hits: number;
  readonly misses: number;
  readonly shards: readonly {
    readonly shard: string;
    readonly connected: boolean;
    readonly error: string | null;
  }[];
  readonly hotKeys: readonly { readonly key: string; readonly count: number }[];
}

/** `GET /readyz` of any service. */
export interface ReadinessReport {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
}
