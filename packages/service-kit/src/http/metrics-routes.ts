import { collectDefaultMetrics, Histogram, type Registry } from 'prom-client';
import type { onResponseHookHandler } from 'fastify';
import type { HanokServer } from './create-server.ts';

/** Upper bounds in seconds: from a cached read on loopback to the slowest answer worth telling apart. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * prom-client's figures of the process, but for its own of the event loop: they wake the process a hundred times a second,
 * which is half of what an idle one costs. `hanok_event_loop_delay_seconds` says it for less.
 */
function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverMs });
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_eventloop_lag_')) registry.removeSingleMetric(name);
  }
}

const neverMs = 2 ** 31 - 1;

/**
 * `/metrics` in Prometheus text format: the process's own figures and `http_request_duration_seconds` by
 * method, route pattern and status class. Labels are bounded: unknown paths share one.
 */
export function addMetrics(server: HanokServer, registry: Registry): void {
  collectProcessMetrics(registry);
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: durationBuckets,
    registers: [registry],
  });
  const observe = (route: string): onResponseHookHandler => {
    // labels() hashes its arguments on every call, which costs a fifth of the throughput of a bare route.
    const series = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>[]>();
    return (request, reply, done) => {
      const { method } = request;
      let byStatus = series.get(method);
      if (byStatus === undefined) series.set(method, (byStatus = []));
      const hundreds = Math.trunc(reply.statusCode / 100);
      byStatus[hundreds] ??= duration.labels({ method, route, status: `${hundreds}xx` });
      byStatus[hundreds].observe(reply.elapsedTime / 1000);
      done();
    };
  };
  // Each route has a hook of its own: looking up whose answer it is would cost more than counting it.
  server.addHook('onRoute', (route) => {
    route.onResponse = [observe(route.url), route.onResponse ?? []].flat();
  });
  const observeUnknown = observe('unknown');
  server.addHook('onResponse', (request, reply, done) => {
    if (request.is404) observeUnknown.call(server, request, reply, done);
    else done();
  });
  server.get(
    '/metrics',
    { schema: { tags: ['operations'], summary: 'Prometheus metrics', hide: true } },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
}
