import { createHash } from 'node:crypto';
import type { Balancer } from '../balancer.ts';
import { REFUSALS } from '../data-plane/outcomes.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';
import type { Backend } from '../pool/backend.ts';
import { describeBackend, type BackendDescription } from './backend-description.ts';

/** Letters of 6 bits: no two versions a process ever has are the same by chance. */
const VERSION_LENGTH = 16;

/** What the backends do, each figure a column in the order of their descriptions. */
export interface FigureColumns {
  readonly activeConnections: number[];
  readonly totalConnections: number[];
  readonly failedConnects: number[];
  readonly bytesToBackend: number[];
  readonly bytesToClient: number[];
  /** Of the last interval of the history; null without an answer in it. */
  readonly p50Ms: (number | null)[];
  readonly p99Ms: (number | null)[];
}

/** A listener for who asks every second. */
export interface ListenerFigures {
  readonly name: string;
  readonly listen: string;
  readonly port: number;
  readonly strategy: string;
  readonly pools: { readonly name: string; readonly strategy: string }[];
  readonly panic: boolean;
  readonly discovery: { readonly connected: boolean };
  readonly connections: { readonly total: number; readonly active: number; readonly waiting: number };
  /** Clients turned away so far, for whatever reason. */
  readonly refused: number;
  readonly backends: BackendDescription[];
  readonly figures: FigureColumns;
}

/**
 * Reads what an operator watches, of all listeners: a tenth of the text of the whole statistics.
 * @param nowMs current monotonic time
 */
export function readFigures(listeners: ListenerSet, nowMs: number): ListenerFigures[] {
  return listeners.list().map(({ name, balancer, settings }) => {
    const { state, backends, workers, discovery, pools } = balancer;
    const list = backends.list();
    return {
      name,
      listen: settings.config.listen,
      port: workers.port,
      strategy: balancer.strategy,
      pools: pools.map((pool) => ({ name: pool, strategy: balancer.strategyOf(pool) })),
      panic: backends.panic,
      discovery: { connected: discovery.connected },
      connections: { total: state.total('accepted'), active: state.open, waiting: state.waiting },
      refused: REFUSALS.reduce((sum, reason) => sum + state.total(`refused:${reason}`), 0),
      backends: list.map((backend) => describeBackend(balancer, backend, nowMs)),
      figures: columnsOf(balancer, list),
    };
  });
}

/** Stands for all descriptions and their order, and changes when one of these does. */
export function versionOf(listeners: readonly ListenerFigures[]): string {
  const descriptions = JSON.stringify(listeners.map(({ name, backends }) => [name, backends]));
  return createHash('sha256').update(descriptions).digest('base64url').slice(0, VERSION_LENGTH);
}

function columnsOf({ state, history }: Balancer, backends: readonly Backend[]): FigureColumns {
  const slots = backends.map(({ slot }) => slot);
  const latest = new Map(history.series(1).map(({ id, samples }) => [id, samples[0]]));
  const samples = backends.map(({ spec }) => latest.get(spec.id));
  return {
    activeConnections: slots.map((slot) => Atomics.load(state.table.active, slot)),
    totalConnections: slots.map((slot) => state.backendTotal(slot, 'total')),
    failedConnects: slots.map((slot) => state.backendTotal(slot, 'failed')),
    bytesToBackend: slots.map((slot) => state.backendTotal(slot, 'bytesToBackend')),
    bytesToClient: slots.map((slot) => state.backendTotal(slot, 'bytesToClient')),
    p50Ms: samples.map((sample) => sample?.p50Ms ?? null),
    p99Ms: samples.map((sample) => sample?.p99Ms ?? null),
  };
}
