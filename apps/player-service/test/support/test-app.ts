import { openCache, type Cache } from '@hanok/cache-client';
import { openDatabase, type Database } from '@hanok/repository';
import { silentLogger, systemClock, type Clock } from '@hanok/service-kit';
import { seededRng, startPostgres, temporaryFolder } from '@hanok/testkit';
import { buildApp, type App } from '../../src/app.ts';
import type { RateLimits } from '../../src/http/rate-limit.ts';
import { parseCurrencies } from '../../src/ledger/currencies.ts';
import { createPasswordHasher, type PasswordHasher } from '../../src/passwords/password-hasher.ts';
import { entities } from '../../src/storage/entities.ts';
import { migrations } from '../../src/storage/migrations.ts';
import { createWebhookSender, type WebhookSender } from '../../src/webhooks/sender.ts';

/** What a request came back with. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  /** Parsed JSON, or undefined for an empty body. */
  readonly body: unknown;
}

/** What a request is sent with. */
export interface Sent {
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A service on a database and cache of its own. */
export interface TestApp extends AsyncDisposable, App {
  readonly database: Database;
  readonly cache: Cache;
  send(method: Method, path: string, sent?: Sent): Promise<Reply>;
}

export interface TestAppOptions {
  readonly databaseUrl: string;
  readonly cache?: Cache;
  /** Whether another service is built on this one's cache. Default: when it is given a cache itself. */
  readonly isCacheShared?: boolean;
  readonly clock?: Clock;
  readonly adminToken?: string;
  readonly undoMs?: number;
  readonly idempotencyTtlMs?: number;
  readonly serviceId?: string;
  readonly rateLimits?: RateLimits;
  readonly currencies?: readonly string[];
  readonly sender?: WebhookSender;
  /** Default: one whose cost is only fit for tests. */
  readonly hasher?: PasswordHasher;
  readonly failures?: Parameters<typeof buildApp>[0]['failures'];
}

/** Builds the service in this process. Its passwords hash at a cost that is only fit for tests. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const clock = options.clock ?? systemClock;
  // Rows get the test's time; the waiting of database and cache must not depend on a test that moves it.
  const waitingForReal = { ...systemClock, now: () => clock.now() };
  const database = await openDatabase(options.databaseUrl, { clock: waitingForReal });
  await database.migrate(migrations);
  await database.checkSchema(entities);
  const cache = options.cache ?? openCache('memory:', { clock: waitingForReal });
  const app = await buildApp({
    database,
    cache,
    hasher: options.hasher ?? createPasswordHasher({ cost: { memoryKib: 8, passes: 1, parallelism: 1 } }),
    clock,
    logger: silentLogger,
    serviceId: options.serviceId ?? 'player-service-test',
    host: '127.0.0.1',
    adminToken: options.adminToken,
    idempotencyTtlMs: options.idempotencyTtlMs ?? 86_400_000,
    refreshTokenTtlMs: 600_000_000,
    rateLimits: options.rateLimits ?? { perPlayer: 0, perKey: 0, perAddress: 0 },
    currencies: parseCurrencies(options.currencies ?? []),
    isCacheShared: options.isCacheShared ?? options.cache !== undefined,
    webhooks: {
      sender: options.sender ?? createWebhookSender({ privateAddresses: true }),
      privateAddresses: true,
      rng: seededRng('webhooks'),
    },
    undoMs: options.undoMs ?? 86_400_000,
    failures: options.failures ?? { perAccount: 0, perAddress: 0, windowMs: 900_000 },
  });
  await app.server.ready();
  return {
    ...app,
    database,
    cache,
    async send(method, path, { body, token, headers } = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const answer = await app.server.inject({
        method,
        url: path,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: raw ? Buffer.from(body) : JSON.stringify(body) }),
      });
      return { status: answer.statusCode, headers: answer.headers, body: parse(answer.body) };
    },
    async [Symbol.asyncDispose]() {
      await app.deliverer.stop();
      await app.housekeeping.stop();
      await app.server.close();
      if (options.cache === undefined) await cache.close();
      await database.close();
    },
  };
}

function parse(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

/** A kind of database to run tests on. */
export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** URL of an empty database, which goes away with the returned disposable. */
  readonly create: () => Promise<{ readonly url: string } & AsyncDisposable>;
}

/** Every kind of database the service runs on. */
export const databaseKinds: readonly DatabaseKind[] = [
  {
    name: 'SQLite',
    async create() {
      const folder = temporaryFolder();
      return { url: `sqlite:${folder.path}/hanok.db`, [Symbol.asyncDispose]: async () => folder.remove() };
    },
  },
  {
    name: 'PostgreSQL',
    async create() {
      const server = await startPostgres();
      return { url: await server.createDatabase(), [Symbol.asyncDispose]: () => server.stop() };
    },
  },
];
