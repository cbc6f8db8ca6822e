import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OpenSpan, Tracer } from './tracer.ts';

/**
 * A span for each request, in the trace that the caller names (W3C Trace Context). Health checks and metrics are left
 * out: they come by the second and tell nothing.
 */
export function traceRequests(server: FastifyInstance, tracer: Tracer): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  server.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    if (route === undefined || isForOperators(route)) {
      done();
      return;
    }
    const { method, headers } = request;
    const attributes = {
      'http.request.method': method,
      'http.route': route,
      'client.address': request.ip,
      'hanok.request_id': request.id,
    };
    const span = tracer.begin({ name: `${method} ${route}`, kind: 'server', attributes }, headers);
    spans.set(request, span);
    span.enter(done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.set({ 'http.response.status_code': reply.statusCode });
    // By the conventions of OpenTelemetry a refusal is the caller's failure, not the server's.
    span?.end(reply.statusCode >= 500 ? `answered ${reply.statusCode}` : undefined);
    done();
  });
}

const operators = new Set(['/healthz', '/readyz', '/metrics']);

function isForOperators(route: string): boolean {
  return operators.has(route) || route.startsWith('/docs');
}
