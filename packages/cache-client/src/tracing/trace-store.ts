import { currentTracer, type SpanDescription, type Tracer } from '@hanok/service-kit/tracer';
import { RedisStore } from '../redis/redis-store.ts';
import type { CacheStore } from '../store/cache-store.ts';

/**
 * Records the operations on a store, when traces are on: a span for each, and one for each command of a Redis server
 * below it. When they are off the store is left as it is, so that nothing costs anything.
 */
export function traceStore(store: CacheStore): void {
  const tracer = currentTracer();
  if (tracer === undefined) return;
  for (const part of store.parts) {
    if (!(part instanceof RedisStore)) continue;
    const attributes = { 'db.system.name': 'redis', 'server.address': part.status()[0]?.shard ?? 'unknown' };
    traceRuns(part, tracer, (name) => ({ name: `redis ${name}`, kind: 'client', attributes }));
  }
  traceRuns(store, tracer, (name) => ({ name: `cache ${name}`, kind: 'internal' }));
}

/** The keys stay out of it: they hold ids of players and tokens of sessions. */
function traceRuns(
  store: CacheStore,
  tracer: Tracer,
  describe: (operation: string) => SpanDescription,
): void {
  const run = store.run.bind(store);
  store.run = (operation, keys, args) =>
    tracer.span(describe(operation.name), () => run(operation, keys, args));
}
