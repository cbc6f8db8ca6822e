import { collectDefaultMetrics, type Registry } from 'prom-client';
import type { onResponseHookHandler } from 'fastify';
import type { HanokServer } from './create-server.ts';
import { RouteDurations, type DurationSeries } from './route-durations.ts';

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
  const durations = new RouteDurations(registry);
  const observe = (route: string): onResponseHookHandler => {
    const byMethod = new Map<string, DurationSeries[]>();
    return ({ method }, reply, done) => {
      let byStatus = byMethod.get(method);
      if (byStatus === undefined) byMethod.set(method, (byStatus = []));
      const hundreds = Math.trunc(reply.statusCode / 100);
      byStatus[hundreds] ??= durations.add({ method, route, status: `${hundreds}xx` });
      byStatus[hundreds].observe(reply.elapsedTime);
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
