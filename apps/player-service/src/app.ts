import type { Cache } from '@hanok/cache-client';
import type { Database } from '@hanok/repository';
import {
  createServer,
  type Clock,
  type HanokServer,
  type Logger,
  type Rng,
  type TlsSettings,
} from '@hanok/service-kit';
import { addApiKeyRoutes } from './api-keys/api-key-routes.ts';
import { findApiKey } from './api-keys/api-keys.ts';
import { addBatchRoutes } from './batch/batch-routes.ts';
import { playerCodec, playerLoader, PlayerCopies, type PlayerCopy } from './cache/player-copies.ts';
import { addDeviceRoutes } from './devices/device-routes.ts';
import { Housekeeping } from './housekeeping.ts';
import { identifyAndCount, limitRequests, type RateLimits } from './http/rate-limit.ts';
import { ANONYMOUS, identify, type BearerLookup } from './http/principal.ts';
import { RateLimiter } from './http/rate-limiter.ts';
import { SharedRateLimiter } from './http/shared-rate-limiter.ts';
import { documentCommonRefusals } from './http/common-refusals.ts';
import { toProblem } from './http/problem-table.ts';
import type { RouteContext } from './http/route-context.ts';
import { addLedgerRoutes } from './ledger/ledger-routes.ts';
import type { Currencies } from './ledger/currencies.ts';
import { addBalanceRoutes } from './ledger/balance-routes.ts';
import type { PasswordHasher } from './passwords/password-hasher.ts';
import { registerMetrics } from './observe/metrics.ts';
import { addDatabaseRoutes } from './operations/database-routes.ts';
import { addPlayerDataRoutes } from './player-data/player-data-routes.ts';
import { addPlayRoutes } from './play/play-routes.ts';
import { addPlayerRoutes } from './players/player-routes.ts';
import { Campaigns } from './rewards/campaigns.ts';
import { addGameLogRoutes } from './rewards/game-log-routes.ts';
import { addRewardRoutes } from './rewards/reward-routes.ts';
import { addRewardStreamRoutes } from './rewards/reward-stream-routes.ts';
import { AttemptLimit } from './sessions/attempt-limit.ts';
import { Authenticator } from './sessions/authenticator.ts';
import { LogIn } from './sessions/log-in.ts';
import { RefreshTokens } from './sessions/refresh-tokens.ts';
import { addSessionRoutes } from './sessions/session-routes.ts';
import { Lease } from './storage/lease.ts';
import { WebhookDeliverer } from './webhooks/deliverer.ts';
import { DeliveryQueue } from './webhooks/delivery-queue.ts';
import { EventLog } from './webhooks/event-log.ts';
import type { WebhookSender } from './webhooks/sender.ts';
import { addWebhookDeliveryRoutes } from './webhooks/webhook-delivery-routes.ts';
import { addWebhookEndpointRoutes } from './webhooks/webhook-endpoint-routes.ts';
import { Writes } from './writes/writes.ts';

/** What the service is built from. The caller opens and closes the database and the cache. */
export interface AppDependencies {
  /** Migrated. */
  readonly database: Database;
  readonly cache: Cache;
  readonly hasher: PasswordHasher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells processes apart in the `x-served-by` header. */
  readonly serviceId: string;
  /** Address the service will listen on; any but loopback needs `adminToken`. */
  readonly host: string;
  readonly adminToken?: string | undefined;
  readonly tls?: TlsSettings;
  /** Proxies whose word for the address of a client is taken. Default: none. */
  readonly trustedProxies?: readonly string[];
  readonly idempotencyTtlMs: number;
  readonly undoMs: number;
  readonly refreshTokenTtlMs: number;
  /** Whether the cache is other processes' too, or outlives this one. */
  readonly isCacheShared: boolean;
  /** Most players kept in this process besides the cache. Default 0. */
  readonly nearCacheEntries?: number;
  readonly webhooks: WebhookSettings;
  readonly currencies: Currencies;
  readonly rateLimits: RateLimits;
  /** Failed log-ins until an account or an address has to wait. */
  readonly failures: { readonly perAccount: number; readonly perAddress: number; readonly windowMs: number };
}

/** How webhooks are sent. */
export interface WebhookSettings {
  readonly sender: WebhookSender;
  /** Endpoints may be at private addresses and over plain HTTP. */
  readonly privateAddresses: boolean;
  readonly rng: Rng;
}

/** A built service: not listening, housekeeping and webhooks not started. */
export interface App {
  readonly server: HanokServer;
  readonly housekeeping: Housekeeping;
  readonly deliverer: WebhookDeliverer;
}

const DESCRIPTION = `Players, sessions, gold and rewards; leaderboards, chat and counters.

Gold is a ledger: every change of a balance is an entry with a reason, and \`GET /v1/audit\` proves that the
entries and the balances agree. Send an \`Idempotency-Key\` with every change and a retry is safe.
Refusals are RFC 9457 problem documents; branch on their \`code\`.`;

/** Builds player-service from its dependencies. */
export async function buildApp(dependencies: AppDependencies): Promise<App> {
  const { database, cache, hasher, clock, logger, undoMs, nearCacheEntries = 0 } = dependencies;
  const server = await createServer({
    name: 'player-service',
    description: DESCRIPTION,
    host: dependencies.host,
    adminToken: dependencies.adminToken,
    tls: dependencies.tls ?? {},
    trustedProxies: dependencies.trustedProxies ?? [],
    logger,
    clock,
    mapError: toProblem,
    readiness: () => readiness(database, cache),
  });
  server.addHook('onRequest', (_request, reply, done) => {
    void reply.header('x-served-by', dependencies.serviceId);
    done();
  });

  const copies = new PlayerCopies({
    database,
    cache: cache.players<PlayerCopy>({
      load: playerLoader(database),
      codec: playerCodec,
      ...(nearCacheEntries > 0
        ? { near: { maxEntries: nearCacheEntries, name: dependencies.serviceId } }
        : {}),
    }),
    dropEveryone: async () => (await cache.invalidations.broadcast('player:*')).complete,
    isShared: dependencies.isCacheShared,
    clock,
    logger,
  });
  const deliverer = new WebhookDeliverer({
    queue: new DeliveryQueue({ database, clock }),
    lease: new Lease({ database, clock, name: 'webhooks' }),
    sender: dependencies.webhooks.sender,
    clock,
    rng: dependencies.webhooks.rng,
    logger,
  });
  const events = new EventLog({ clock, onRecorded: () => deliverer.wake() });
  const { sessions, counters } = cache;
  const { perAccount, perAddress, windowMs } = dependencies.failures;
  const limit = (subject: string, maxFailures: number) =>
    new AttemptLimit({ store: cache.store, clock, subject, maxFailures, windowMs });
  const limits = { account: limit('account', perAccount), address: limit('address', perAddress) };
  const authenticator = new Authenticator({ database, hasher, limits, logger });
  const refreshTokens = new RefreshTokens({ database, clock, ttlMs: dependencies.refreshTokenTtlMs });
  const writes = new Writes({
    database,
    copies,
    events,
    clock,
    idempotencyTtlMs: dependencies.idempotencyTtlMs,
  });
  const logIn = new LogIn({
    authenticator,
    refreshTokens,
    writes,
    database,
    sessions,
    counters,
    copies,
    clock,
    logger,
  });
  const campaigns = new Campaigns({
    database,
    copies,
    events,
    currencies: dependencies.currencies,
    clock,
    logger,
  });
  const count = limitRequests(server, dependencies.rateLimits, (name, quota) =>
    dependencies.isCacheShared
      ? new SharedRateLimiter({ name, quota, store: cache.store, clock, logger })
      : new RateLimiter(quota, clock),
  );
  const bearers: BearerLookup = {
    findSession: (token) => logIn.find(token),
    findKey: (key) => findApiKey(database, clock, key),
  };
  const context: RouteContext = {
    database,
    writes,
    copies,
    logIn,
    campaigns,
    hasher,
    currencies: dependencies.currencies,
    clock,
    undoMs,
    identify: (request) => identifyAndCount(request, bearers, count),
    identifyAgain: (request) => identify(request, bearers),
    countFurther: async (request, principal, parts) => {
      for (let i = 1; i < parts; i += 1) await count(request, principal);
    },
    countAnonymous: (request) => count(request, ANONYMOUS),
  };
  documentCommonRefusals(server);
  addApiKeyRoutes(server, context);
  addPlayerRoutes(server, context);
  addPlayerDataRoutes(server, context);
  addDeviceRoutes(server, context);
  addSessionRoutes(server, context);
  addLedgerRoutes(server, context);
  addBalanceRoutes(server, context);
  addBatchRoutes(server, context);
  addRewardRoutes(server, context);
  addRewardStreamRoutes(server, context);
  addGameLogRoutes(server, context);
  addPlayRoutes(server, context, cache);
  addDatabaseRoutes(server, database);
  registerMetrics(server.metricsRegistry, { database, cache, clock });
  const webhooks = {
    events,
    rules: { privateAddresses: dependencies.webhooks.privateAddresses },
    wake: () => deliverer.wake(),
  };
  addWebhookEndpointRoutes(server, context, webhooks);
  addWebhookDeliveryRoutes(server, context, webhooks);
  return {
    server,
    deliverer,
    housekeeping: new Housekeeping({
      database,
      copies,
      campaigns,
      deliverer,
      events,
      clock,
      logger,
      undoMs,
    }),
  };
}

/** Without its database the service is of no use; without the cache it still reads and writes players. */
async function readiness(database: Database, cache: Cache) {
  return {
    database: await database.ping().then(
      () => ({ ok: true }),
      (error: Error) => ({ ok: false, detail: error.message }),
    ),
    cache: cache.connected
      ? { ok: true }
      : { ok: true, detail: 'away: reads go to the database, log-ins answer 503' },
  };
}
