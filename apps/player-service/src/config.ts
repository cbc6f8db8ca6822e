import { commonConfig, drainConfig, portConfig, secret, trustedProxiesConfig } from '@hanok/service-kit';
import { Type, type Static } from 'typebox';
import { CURRENCY_DECLARATION } from './ledger/currencies.ts';

function rateLimit(whose: string) {
  return Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 10_000_000,
    description: `Requests in a minute of one ${whose}, over all processes that share a cache; 0: no limit`,
  });
}

/** Settings of player-service; the environment names are the upper-snake forms (`DATABASE_URL`). */
export const playerServiceConfig = Type.Object({
  ...commonConfig,
  ...drainConfig,
  ...trustedProxiesConfig,
  port: portConfig(8001),
  databaseUrl: secret({
    default: 'sqlite:./data/hanok.db',
    pattern: '^(sqlite:|postgres://|postgresql://)',
    description: 'sqlite:<file> or postgres://user:password@host/database',
  }),
  durability: Type.Union([Type.Literal('full'), Type.Literal('normal')], {
    default: 'full',
    description:
      'SQLite only. full: what was answered survives a power loss; normal: quicker, and a power loss may take the last answered writes (never half of one)',
  }),
  cacheUrl: secret({
    default: 'http://127.0.0.1:8020',
    pattern: '^(https?://|rediss?://|redis-cluster://|redis-sentinel://|memory:)',
    description:
      'Cache of players and sessions: http://cache-service, redis://host or memory: (this process only)',
  }),
  nearCacheEntries: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      description:
        'Players kept in this process, too, and dropped with every change wherever it is made; default: 10,000 where CACHE_URL is a Redis, else 0',
    }),
  ),
  sessionTtlSeconds: Type.Integer({
    default: 7_200,
    minimum: 60,
    maximum: 31_536_000,
    description: 'Life of a session, seconds',
  }),
  chatKeepMessages: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 10_000,
    description: 'Messages kept in a chat channel, the same at every process and at cache-service',
  }),
  refreshTokenTtlSeconds: Type.Integer({
    default: 2_592_000,
    minimum: 60,
    maximum: 31_536_000,
    description: 'Life of a refresh token, seconds; each use begins it anew',
  }),
  idempotencyTtlSeconds: Type.Integer({
    default: 86_400,
    minimum: 60,
    maximum: 2_592_000,
    description: 'How long an Idempotency-Key is remembered, seconds',
  }),
  deletedPlayerUndoSeconds: Type.Integer({
    default: 86_400,
    minimum: 0,
    maximum: 31_536_000,
    description:
      'How long a deleted player can be restored before its personal data is erased, seconds; 0 erases at once',
  }),
  passwordHashConcurrency: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 16,
    description: 'Passwords hashed at once; each takes a thread and 19 MiB',
  }),
  passwordHashQueue: Type.Integer({
    default: 256,
    minimum: 0,
    maximum: 100_000,
    description: 'Log-ins that may wait for a hash before further ones are refused with 503',
  }),
  // NIST SP 800-63B, 5.2.2: no more than 100 in a row. Attempts under way count until they turn out right.
  logInFailuresPerAccount: Type.Integer({
    default: 100,
    minimum: 0,
    maximum: 1_000_000,
    description: 'Failed log-ins until a name has to wait for the next window; 0: no limit',
  }),
  logInFailuresPerAddress: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      description:
        'The same for a client address; 0: no limit. Default: 300 where TRUSTED_PROXIES says how clients are known, else 0',
    }),
  ),
  logInFailureWindowSeconds: Type.Integer({
    default: 900,
    minimum: 1,
    maximum: 86_400,
    description: 'Length of a window in which failed log-ins are counted, seconds',
  }),
  currencies: Type.Array(Type.String({ pattern: CURRENCY_DECLARATION }), {
    default: [],
    maxItems: 50,
    description:
      'Currencies beside gold, the same at every process: name[:max=<most a player can hold>][:negative]',
  }),
  webhookPrivateAddresses: Type.Boolean({
    default: false,
    description: 'Let webhooks go to addresses that are not public, and over plain HTTP',
  }),
  rateLimitPerPlayer: rateLimit('player'),
  rateLimitPerKey: rateLimit('API key'),
  rateLimitPerAddress: rateLimit(
    'client address without a credential (behind a proxy only with TRUSTED_PROXIES)',
  ),
});
export type PlayerServiceConfig = Static<typeof playerServiceConfig>;

/** Failed log-ins of one address until it has to wait, where addresses are those of clients. */
const FAILURES_PER_ADDRESS = 300;

/** Whether addresses are limited is a question of whether they are known: behind a proxy all clients may have its. */
export function failuresPerAddress({ logInFailuresPerAddress, trustedProxies }: PlayerServiceConfig): number {
  return logInFailuresPerAddress ?? (trustedProxies.length > 0 ? FAILURES_PER_ADDRESS : 0);
}
