import {
  CacheError,
  createCache,
  openJournaledMemory,
  openStore,
  type Cache,
  type CacheStore,
} from '@hanok/cache-client';
import { ConfigError } from '@hanok/service-kit';
import type { CacheServiceConfig } from './config.ts';

/**
 * Opens the engine the configuration names.
 *
 * @throws ConfigError when CACHE_URL cannot be read or DATA_DIR does not fit it.
 * @throws Error when DATA_DIR cannot be used.
 */
export async function openConfiguredCache(config: CacheServiceConfig): Promise<Cache> {
  return createCache(await openEngine(config), {
    sessions: {
      ttlMs: config.sessionTtlSeconds * 1_000,
      expiry: config.sessionExpiry,
      maxPerPlayer: config.sessionsPerPlayer,
    },
    chat: { keep: config.chatKeepMessages },
    prizes: { maxRetryMs: config.prizeRetryMaxMs },
  });
}

async function openEngine({ cacheUrl, dataDir, ...config }: CacheServiceConfig): Promise<CacheStore> {
  const memory = { maxBytes: config.memoryMaxBytes, maxEntries: config.memoryMaxEntries };
  if (dataDir !== undefined) {
    if (cacheUrl !== 'memory:') throw new ConfigError(['DATA_DIR is of use only with CACHE_URL=memory:']);
    return openJournaledMemory({ ...memory, folder: dataDir });
  }
  try {
    return openStore(cacheUrl, { memory, redis: { commandTimeoutMs: config.cacheTimeoutMs } });
  } catch (error) {
    throw error instanceof CacheError ? new ConfigError([error.message]) : error;
  }
}
