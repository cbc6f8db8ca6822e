/** The parts of other services' answers that the console reads. */

/** What a listener is. */
export interface ListenerDescription {
  readonly name: string;
  readonly listen: string;
  readonly port: number;
  readonly strategy: string;
  readonly pools: readonly { readonly name: string; readonly strategy: string }[];
}

/** `GET /v1/listeners` of an lb-proxy. */
export interface ListenerList {
  readonly items: readonly ListenerDescription[];
}

type Column = readonly number[];
type NullableColumn = readonly (number | null)[];

/** What a backend is, in `GET /v1/figures`. */
export interface BackendDescription {
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
}

/** A listener in `GET /v1/figures`. */
export interface ListenerFigures extends ListenerDescription {
  readonly panic: boolean;
  readonly discovery: { readonly connected: boolean };
  readonly connections: { readonly total: number; readonly active: number; readonly waiting: number };
  readonly refused: number;
  /** Absent when the version asked with still holds. */
  readonly backends?: readonly BackendDescription[];
  /** A value for each backend, in the order of the descriptions. */
  readonly figures: {
    readonly activeConnections: Column;
    readonly totalConnections: Column;
    readonly failedConnects: Column;
    readonly bytesToBackend: Column;
    readonly bytesToClient: Column;
    readonly p50Ms: NullableColumn;
    readonly p99Ms: NullableColumn;
  };
}

/** `GET /v1/figures` of an lb-proxy. */
export interface BalancerFigures {
  /** Of all descriptions. */
  readonly version: string;
  readonly listeners: readonly ListenerFigures[];
}

/** A backend in `GET /v1/stats`. */
export interface BackendReport extends BackendDescription {
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly failedConnects: number;
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
}

/** `GET /v1/stats` of an lb-proxy. */
export interface BalancerStatistics extends Pick<ListenerFigures, 'panic' | 'discovery' | 'connections'> {
  readonly refused: Readonly<Record<string, number>>;
  readonly backends: readonly BackendReport[];
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
