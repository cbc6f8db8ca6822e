import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { requireAdmin } from '../http/require-admin.ts';
import { problems } from '../problem.ts';
import type { LoadGuard } from './load-guard.ts';

const retryAfterSeconds = 1;
const title = 'This process has more to do than it can; others may answer';

/**
 * Turns requests away with 503 and Retry-After while the guard says that the process is overloaded. Exempt are what
 * operators need then: health, metrics, documents, and every route that requires the admin token, which the leases of
 * services are renewed by, too.
 */
export function shedLoad(server: FastifyInstance, guard: LoadGuard): void {
  const shed: onRequestHookHandler = (_request, _reply, done) => {
    guard.noteRequest();
    if (!guard.isOverloaded) {
      done();
      return;
    }
    guard.countShed();
    done(problems.unavailable({ detail: title, retryAfterSeconds }));
  };
  server.addHook('onRoute', (route) => {
    const isForOperators =
      [route.preHandler].flat().includes(requireAdmin) ||
      /^\/(?:healthz|readyz|metrics|docs)(?:\/|$)/u.test(route.url);
    if (!isForOperators) route.onRequest = [shed, route.onRequest ?? []].flat();
  });
}
