import type { Balancer } from '../balancer.ts';
import { ENDINGS, REFUSALS } from '../data-plane/outcomes.ts';
import type { Backend } from '../pool/backend.ts';
import { describeBackend, type BackendDescription } from './backend-description.ts';

/** One backend as the admin API shows it. */
export interface BackendReport extends BackendDescription {
  readonly address: string | null;
  readonly activeConnections: number;
  readonly totalConnections: number;
  readonly failedConnects: number;
  readonly averageResponseTimeMs: number | null;
  readonly p50ResponseTimeMs: number | null;
  readonly p99ResponseTimeMs: number | null;
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
  readonly lastCheckAt: string | null;
  readonly drainDeadlineAt: string | null;
}

/** The balancer's figures at one moment. */
export interface Statistics {
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly strategy: string;
  readonly connections: {
    readonly total: number;
    readonly active: number;
    readonly waiting: number;
    readonly queued: number;
    readonly retried: number;
    /** Taken over from an earlier process; not in `total`. */
    readonly adopted: number;
    readonly clientGone: number;
    readonly acceptFailed: number;
  };
  readonly refused: Readonly<Record<string, number>>;
  readonly ended: Readonly<Record<string, number>>;
  readonly workers: { readonly configured: number; readonly running: number; readonly crashes: number };
  readonly panic: boolean;
  readonly discovery: { readonly connected: boolean };
  readonly backends: BackendReport[];
}

/** Reads one backend's figures from the shared state. */
export function reportBackend(balancer: Balancer, backend: Backend, nowMs: number): BackendReport {
  const { state, backends } = balancer;
  const { slot, address, checkedAt } = backend;
  const averageMs = state.table.latencyMs(slot);
  return {
    ...describeBackend(balancer, backend, nowMs),
    address: address ?? null,
    activeConnections: Atomics.load(state.table.active, slot),
    totalConnections: state.backendTotal(slot, 'total'),
    failedConnects: state.backendTotal(slot, 'failed'),
    averageResponseTimeMs: averageMs === 0 ? null : averageMs,
    p50ResponseTimeMs: rounded(state.latencies.quantileMs(slot, 0.5)),
    p99ResponseTimeMs: rounded(state.latencies.quantileMs(slot, 0.99)),
    bytesToBackend: state.backendTotal(slot, 'bytesToBackend'),
    bytesToClient: state.backendTotal(slot, 'bytesToClient'),
    lastCheckAt: checkedAt,
    drainDeadlineAt: backends.drainDeadline(backend)?.toISOString() ?? null,
  };
}

/** To a microsecond, which is more than is known of it. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1_000) / 1_000;
}

/**
 * Reads all figures.
 * @param wallMs current time since the epoch
 * @param nowMs current monotonic time
 */
export function readStatistics(balancer: Balancer, wallMs: number, nowMs: number): Statistics {
  const { state, workers, backends, discovery, startedAt } = balancer;
  return {
    startedAt: startedAt.toISOString(),
    uptimeMs: wallMs - startedAt.getTime(),
    strategy: balancer.strategy,
    connections: {
      total: state.total('accepted'),
      active: state.open,
      waiting: state.waiting,
      queued: state.total('queued'),
      retried: state.total('retried'),
      adopted: state.total('adopted'),
      clientGone: state.total('client-gone'),
      acceptFailed: state.total('accept-failed'),
    },
    refused: Object.fromEntries(REFUSALS.map((reason) => [reason, state.total(`refused:${reason}`)])),
    ended: Object.fromEntries(ENDINGS.map((ending) => [ending, state.total(`ended:${ending}`)])),
    workers: { configured: state.shape.workers, running: workers.running, crashes: workers.crashes },
    panic: backends.panic,
    discovery: { connected: discovery.connected },
    backends: backends.list().map((backend) => reportBackend(balancer, backend, nowMs)),
  };
}
