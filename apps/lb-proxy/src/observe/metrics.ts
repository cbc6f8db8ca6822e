import type { Clock } from '@hanok/service-kit';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { readStatistics, type BackendReport, type Statistics } from './statistics.ts';

const MS_PER_SECOND = 1_000;

type Kind = 'counter' | 'gauge';

/** A metric of each listener, or of each value of a further label. */
interface Definition {
  readonly kind: Kind;
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly read: (statistics: Statistics) => Iterable<readonly [label: string, value: number]>;
}

const whole =
  (value: (statistics: Statistics) => number) =>
  (statistics: Statistics): [string, number][] => [['', value(statistics)]];

const eachBackend =
  (value: (backend: BackendReport) => number) =>
  ({ backends }: Statistics): [string, number][] =>
    backends.map((backend) => [backend.id, value(backend)]);

const define = (
  kind: Kind,
  name: string,
  help: string,
  value: (statistics: Statistics) => number,
): Definition => ({
  kind,
  name: `lb_${name}`,
  help,
  read: whole(value),
});

const defineForBackends = (
  kind: Kind,
  name: string,
  help: string,
  value: (backend: BackendReport) => number,
): Definition => ({ kind, name: `lb_backend_${name}`, help, label: 'backend', read: eachBackend(value) });

const definitions: readonly Definition[] = [
  define('counter', 'connections_total', 'Client connections accepted', (all) => all.connections.total),
  define('gauge', 'connections_active', 'Client connections open', (all) => all.connections.active),
  define('gauge', 'connections_waiting', 'Clients waiting for a backend', (all) => all.connections.waiting),
  define(
    'counter',
    'connects_retried_total',
    'Connects tried on another backend',
    (all) => all.connections.retried,
  ),
  define('counter', 'connections_queued_total', 'Clients that had to wait', (all) => all.connections.queued),
  define(
    'counter',
    'connections_adopted_total',
    'Connections taken over from an earlier process',
    (all) => all.connections.adopted,
  ),
  define(
    'counter',
    'clients_gone_total',
    'Clients that left before they had a backend',
    (all) => all.connections.clientGone,
  ),
  define(
    'counter',
    'accept_failures_total',
    'Connections the system could not hand over',
    (all) => all.connections.acceptFailed,
  ),
  define('gauge', 'workers', 'Workers that accept connections', (all) => all.workers.running),
  define('gauge', 'discovery_connected', '1 while the registry can be reached', (all) =>
    all.discovery.connected ? 1 : 0,
  ),
  define('counter', 'worker_crashes_total', 'Workers that were replaced', (all) => all.workers.crashes),
  define('gauge', 'panic', '1 while doubtful backends are used', (all) => (all.panic ? 1 : 0)),
  {
    kind: 'counter',
    name: 'lb_refused_total',
    help: 'Clients turned away',
    label: 'reason',
    read: ({ refused }) => Object.entries(refused),
  },
  {
    kind: 'counter',
    name: 'lb_ended_total',
    help: 'Relays by how they ended',
    label: 'reason',
    read: ({ ended }) => Object.entries(ended),
  },
  defineForBackends('gauge', 'eligible', '1 while it gets new connections', (each) =>
    each.eligible ? 1 : 0,
  ),
  defineForBackends('gauge', 'up', '1 while the backend is healthy', (each) =>
    each.health === 'up' ? 1 : 0,
  ),
  defineForBackends(
    'gauge',
    'connections_active',
    'Connections open to it',
    (each) => each.activeConnections,
  ),
  defineForBackends(
    'counter',
    'connections_total',
    'Connections relayed to it',
    (each) => each.totalConnections,
  ),
  defineForBackends(
    'counter',
    'connect_failures_total',
    'Connects to it that failed',
    (each) => each.failedConnects,
  ),
  defineForBackends(
    'gauge',
    'response_seconds',
    'Average response time',
    (each) => (each.averageResponseTimeMs ?? 0) / MS_PER_SECOND,
  ),
  defineForBackends('counter', 'sent_bytes_total', 'Bytes relayed to it', (each) => each.bytesToBackend),
  defineForBackends('counter', 'received_bytes_total', 'Bytes relayed from it', (each) => each.bytesToClient),
];

/**
 * Registers the Prometheus metrics of all listeners. They are read from the shared state when they are asked for,
 * so the data plane pays nothing. Labels are bounded: reasons are a fixed list, backends at most the capacity.
 */
export function registerMetrics(registry: Registry, listeners: ListenerSet, clock: Clock): void {
  for (const { kind, name, help, label, read } of definitions) {
    const Metric = kind === 'counter' ? Counter : Gauge;
    const metric = new Metric({
      name,
      help,
      registers: [registry],
      labelNames: label === undefined ? ['listener'] : ['listener', label],
      collect() {
        metric.reset();
        for (const { name: listener, balancer } of listeners.list()) {
          for (const [key, value] of read(readStatistics(balancer, clock.now(), clock.monotonicMs()))) {
            metric.inc(label === undefined ? { listener } : { listener, [label]: key }, value);
          }
        }
      },
    });
  }
}
