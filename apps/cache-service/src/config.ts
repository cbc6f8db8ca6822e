import { commonConfig, drainConfig, portConfig, secret } from '@hanok/service-kit';
import { Type, type Static } from 'typebox';

/** Settings of cache-service; the environment names are the upper-snake forms (`CACHE_URL`). */
export const cacheServiceConfig = Type.Object({
  ...commonConfig,
  ...drainConfig,
  port: portConfig(8020),
  cacheUrl: secret({
    default: 'memory:',
    pattern: '^(memory:$|redis(s|-cluster|-sentinel)?://)',
    description:
      'memory: (this process is the engine), redis://host[,host…], redis-cluster:// or redis-sentinel://',
  }),
  dataDir: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1_024,
      description:
        'Folder in which the memory engine keeps sessions, boards, chat and counters; default: nowhere',
    }),
  ),
  memoryMaxBytes: Type.Integer({
    default: 268_435_456,
    minimum: 1_048_576,
    maximum: 1_099_511_627_776,
    description: 'Bound of the memory engine, approximate bytes of keys and values',
  }),
  memoryMaxEntries: Type.Integer({
    default: 250_000,
    minimum: 1_000,
    maximum: 16_000_000,
    description: 'Bound of the memory engine, keys',
  }),
  sessionTtlSeconds: Type.Integer({
    default: 7_200,
    minimum: 60,
    maximum: 31_536_000,
    description: 'Life of a session created here, seconds',
  }),
  sessionExpiry: Type.Union([Type.Literal('fixed'), Type.Literal('sliding')], {
    default: 'fixed',
    description: 'fixed: from the creation; sliding: from the last validation',
  }),
  sessionsPerPlayer: Type.Integer({
    default: 20,
    minimum: 1,
    maximum: 1_000,
    description: 'Most sessions of one player; a further one ends the oldest',
  }),
  chatKeepMessages: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 10_000,
    description: 'Messages kept in a chat channel',
  }),
  playerServiceUrls: Type.Array(Type.String({ pattern: '^https?://' }), {
    default: [],
    maxItems: 16,
    description:
      'Player-services, or the proxy before them, comma-separated http(s) URLs: they pay the prizes of seasons; empty: prizes wait',
  }),
  prizeRetryMaxMs: Type.Integer({
    default: 60_000,
    minimum: 100,
    maximum: 3_600_000,
    description: 'Longest pause after attempts to pay prizes that failed, milliseconds',
  }),
  cacheTimeoutMs: Type.Integer({
    default: 1_000,
    minimum: 50,
    maximum: 60_000,
    description: 'Longest silence of a Redis that owes an answer, milliseconds',
  }),
});
export type CacheServiceConfig = Static<typeof cacheServiceConfig>;
