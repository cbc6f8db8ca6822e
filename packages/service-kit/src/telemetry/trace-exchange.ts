import { exchange, type RawAnswer, type RawRequest, type Target } from '../client/exchange.ts';
import type { Tracer } from './tracer.ts';

/** Sends a request in a span of its own, and the called service continues the trace. */
export function traceExchange(tracer: Tracer, target: Target, request: RawRequest): Promise<RawAnswer> {
  const { method, path } = request;
  const attributes = {
    'http.request.method': method,
    'server.address': target.hostname,
    'server.port': Number(target.port),
    // Without its query, which may hold what is nobody's business.
    'url.path': path.split('?', 1)[0] ?? path,
  };
  return tracer.span({ name: method, kind: 'client', attributes }, async (span) => {
    const headers = { ...request.headers, ...tracer.headers() };
    const answer = await exchange(target, { ...request, headers });
    span.set({ 'http.response.status_code': answer.status });
    return answer;
  });
}
