import type { Clock } from '@hanok/service-kit';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Balancer } from '../balancer.ts';
import { readStatistics, type BackendReport, type Statistics } from './statistics.ts';

const MS_PER_SECOND = 1_000;

/**
 * Registers the balancer's Prometheus metrics. They are read from the shared state when they are asked for, so
 * the data plane pays nothing. Labels are bounded: reasons are a fixed list, backends at most the capacity.
 */
export function registerMetrics(registry: Registry, balancer: Balancer, clock: Clock): void {
  const read = (): Statistics => readStatistics(balancer, clock.now(), clock.monotonicMs());
  const registers = [registry];

  const single = (
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    value: (statistics: Statistics) => number,
  ): void => {
    const metric = new Kind({
      name,
      help,
      registers,
      collect() {
        metric.reset();
        metric.inc(value(read()));
      },
    });
  };
  const labelled = (
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    label: string,
    values: (statistics: Statistics) => Iterable<readonly [string, number]>,
  ): void => {
    const metric = new Kind({
      name,
      help,
      registers,
      labelNames: [label],
      collect() {
        metric.reset();
        for (const [key, value] of values(read())) metric.inc({ [label]: key }, value);
      },
    });
  };
  const eachBackend =
    (value: (backend: BackendReport) => number) =>
    ({ backends }: Statistics): [string, number][] =>
      backends.map((backend) => [backend.id, value(backend)]);

  single(Counter, 'lb_connections_total', 'Client connections accepted', (all) => all.connections.total);
  single(Gauge, 'lb_connections_active', 'Client connections open', (all) => all.connections.active);
  single(Gauge, 'lb_connections_waiting', 'Clients waiting for a backend', (all) => all.connections.waiting);
  single(
    Counter,
    'lb_connects_retried_total',
    'Connects tried on another backend',
    (all) => all.connections.retried,
  );
  single(Counter, 'lb_worker_crashes_total', 'Workers that were replaced', (all) => all.workers.crashes);
  single(Gauge, 'lb_panic', '1 while doubtful backends are used', (all) => (all.panic ? 1 : 0));
  labelled(Counter, 'lb_refused_total', 'Clients turned away', 'reason', (all) =>
    Object.entries(all.refused),
  );
  labelled(Counter, 'lb_ended_total', 'Relays by how they ended', 'reason', (all) =>
    Object.entries(all.ended),
  );
  labelled(
    Gauge,
    'lb_backend_up',
    '1 while the backend is healthy',
    'backend',
    eachBackend(({ health }) => (health === 'up' ? 1 : 0)),
  );
  labelled(
    Gauge,
    'lb_backend_connections_active',
    'Connections open to the backend',
    'backend',
    eachBackend(({ activeConnections }) => activeConnections),
  );
  labelled(
    Counter,
    'lb_backend_connections_total',
    'Connections relayed to the backend',
    'backend',
    eachBackend(({ totalConnections }) => totalConnections),
  );
  labelled(
    Counter,
    'lb_backend_connect_failures_total',
    'Connects to the backend that failed',
    'backend',
    eachBackend(({ failedConnects }) => failedConnects),
  );
  labelled(
    Gauge,
    'lb_backend_response_seconds',
    'Average response time of the backend',
    'backend',
    eachBackend(({ averageResponseTimeMs }) => (averageResponseTimeMs ?? 0) / MS_PER_SECOND),
  );
  labelled(
    Counter,
    'lb_backend_sent_bytes_total',
    'Bytes relayed to the backend',
    'backend',
    eachBackend(({ bytesToBackend }) => bytesToBackend),
  );
  labelled(
    Counter,
    'lb_backend_received_bytes_total',
    'Bytes relayed from the backend',
    'backend',
    eachBackend(({ bytesToClient }) => bytesToClient),
  );
}
