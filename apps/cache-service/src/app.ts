import {
  chatRoutes,
  counterRoutes,
  gaugeRoutes,
  leaderboardRoutes,
  prizeRoutes,
  seasonRoutes,
  serviceOnly,
  storeRoutes,
  toCacheProblem,
  topListRoutes,
  uniqueRoutes,
  type Cache,
} from '@hanok/cache-client';
import {
  createServer,
  type Clock,
  type HanokServer,
  type Logger,
  type TlsSettings,
} from '@hanok/service-kit';
import { addCacheMetrics } from './cache-metrics.ts';
import { observeStore, StoreTraffic } from './observe/store-traffic.ts';
import { invalidationRoutes } from './routes/invalidation-routes.ts';
import { playerCacheRoutes } from './routes/player-cache-routes.ts';
import { reshardingRoutes } from './routes/resharding-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { statusRoutes } from './routes/status-routes.ts';

/** What the service is built from. The caller opens and closes the cache. */
export interface AppDependencies {
  readonly cache: Cache;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Address the service will listen on; any but loopback needs `adminToken`. */
  readonly host: string;
  readonly adminToken?: string | undefined;
  readonly tls?: TlsSettings;
}

const description = `Player cache, sessions, leaderboards, chat, counters and invalidation for other services.

Every route needs the service credential; players reach boards, chat and counters through player-service.
Refusals are RFC 9457 problem documents; branch on their \`code\`. While Redis is away the answer is a 503 with
Retry-After, at once.`;

/** Builds cache-service from its dependencies; it does not listen. */
export async function buildApp({
  cache,
  logger,
  clock,
  host,
  adminToken,
  tls = {},
}: AppDependencies): Promise<HanokServer> {
  const server = await createServer({
    name: 'cache-service',
    description,
    host,
    adminToken,
    tls,
    logger,
    clock,
    mapError: toCacheProblem,
    readiness: async () => readiness(cache),
  });
  addCacheMetrics(server.metricsRegistry, cache.store);
  const traffic = new StoreTraffic(clock);
  observeStore(server, traffic);
  storeRoutes(server, cache);
  statusRoutes(server, { store: cache.store, traffic });
  playerCacheRoutes(server, cache);
  sessionRoutes(server, cache);
  leaderboardRoutes(server, { leaderboards: cache.leaderboards, callerOf: serviceOnly });
  seasonRoutes(server, { seasons: cache.seasons, callerOf: serviceOnly });
  prizeRoutes(server, { seasonPrizes: cache.seasonPrizes, callerOf: serviceOnly });
  chatRoutes(server, { chat: cache.chat, callerOf: serviceOnly, clock });
  counterRoutes(server, { counters: cache.counters, callerOf: serviceOnly });
  uniqueRoutes(server, { uniques: cache.uniques, callerOf: serviceOnly });
  topListRoutes(server, { topLists: cache.topLists, callerOf: serviceOnly });
  gaugeRoutes(server, { gauges: cache.gauges, callerOf: serviceOnly });
  invalidationRoutes(server, cache);
  reshardingRoutes(server, { resharding: cache.resharding, logger });
  return server;
}

/** One check for each server behind the store. */
function readiness(cache: Cache) {
  return Object.fromEntries(
    cache.store
      .status()
      .map(({ shard, connected, lastError }) => [
        shard,
        connected ? { ok: true } : { ok: false, detail: lastError?.code ?? 'not connected yet' },
      ]),
  );
}
