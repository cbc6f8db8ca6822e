import type { ClusterView, CoordinatorEntry, ServiceEntry } from '../src/cluster-source.ts';
import type { TableName } from '../src/live/tables.ts';
import type { TimelineEvent } from '../src/timeline-event.ts';

/** The rows that the server keeps live, as `src/live` makes them. */

/** The coordinator that serves the console. */
export interface ClusterRow extends ClusterView {
  /** Percent of a core. */
  readonly cpu: number;
}

export type CoordinatorRow = CoordinatorEntry;

export interface ServiceRow extends Omit<ServiceEntry, 'metadata'> {
  readonly version: string | null;
  readonly rate: number | null;
  readonly errorRate: number | null;
  /** Percent of a core. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly failing: readonly string[];
}

export interface BalancerRow {
  readonly balancer: string;
  readonly listener: string;
  readonly listen: string;
  readonly port: number;
  readonly strategy: string;
  /** `name=strategy`. */
  readonly pools: readonly string[];
  readonly isReachable: boolean;
  readonly isDiscovering: boolean;
  readonly panic: boolean;
  readonly active: number;
  readonly waiting: number;
  readonly rate: number;
  readonly refusedRate: number;
  readonly inRate: number;
  readonly outRate: number;
  readonly backends: number;
  readonly usable: number;
}

export interface BackendRow {
  readonly balancer: string;
  readonly listener: string;
  readonly id: string;
  readonly pool: string | null;
  readonly address: string;
  readonly state: string;
  readonly health: string;
  readonly eligible: boolean;
  readonly source: string;
  readonly weight: number;
  readonly maxConnections: number;
  readonly active: number;
  readonly rate: number;
  readonly failedRate: number;
  readonly inRate: number;
  readonly outRate: number;
  readonly p50: number | null;
  readonly p99: number | null;
}

export interface CacheRow {
  readonly isReachable: boolean;
  readonly engine?: string;
  readonly connected?: boolean;
  readonly memory?: number | null;
  readonly entries?: number | null;
  readonly evictions?: number | null;
  readonly rate?: number;
  readonly hitRate?: number;
  readonly missRate?: number;
  readonly hitShare?: number | null;
  /** `name ok`, or `name why-not`. */
  readonly shards?: readonly string[];
  /** `count key`. */
  readonly hotKeys?: readonly string[];
}

export type EventRow = Omit<TimelineEvent, 'id'>;

/** The tables, by the names the server has for them. */
export interface Rows extends Record<TableName, object> {
  readonly cluster: ClusterRow;
  readonly coordinators: CoordinatorRow;
  readonly services: ServiceRow;
  readonly balancers: BalancerRow;
  readonly backends: BackendRow;
  readonly caches: CacheRow;
  readonly events: EventRow;
}
