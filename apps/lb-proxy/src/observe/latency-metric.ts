import { Histogram, type Registry } from 'prom-client';
import type { ListenerSet } from '../listeners/listener-set.ts';

const MS_PER_SECOND = 1_000;
const NAME = 'lb_backend_response_time_seconds';
const HELP = 'Response times of backends';

/** A Prometheus histogram whose counts are kept elsewhere and read when they are asked for. */
class ReadHistogram extends Histogram {
  readonly #listeners: ListenerSet;

  constructor(registry: Registry, listeners: ListenerSet) {
    super({ name: NAME, help: HELP, registers: [registry] });
    this.#listeners = listeners;
  }

  /** What the registry asks a histogram for. */
  getForPromString() {
    const values = this.#listeners.list().flatMap(({ name: listener, balancer }) =>
      balancer.backends.list().flatMap(({ slot, spec }) => {
        const labels = { listener, backend: spec.id };
        const { buckets, count, sumMs } = balancer.state.latencies.summary(slot);
        return [
          ...buckets.map((bucket) => ({
            metricName: `${NAME}_bucket`,
            labels: { ...labels, le: bucket.upToMs / MS_PER_SECOND },
            value: bucket.count,
          })),
          { metricName: `${NAME}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
          { metricName: `${NAME}_sum`, labels, value: sumMs / MS_PER_SECOND },
          { metricName: `${NAME}_count`, labels, value: count },
        ];
      }),
    );
    return Promise.resolve({ name: NAME, help: HELP, type: 'histogram', aggregator: 'sum', values });
  }
}

/** Registers the histogram of response times: 24 series for each backend, of which there are at most the capacity. */
export function registerLatencyMetric(registry: Registry, listeners: ListenerSet): void {
  registry.registerMetric(new ReadHistogram(registry, listeners));
}
