import { CacheError, openCache, type Cache } from '@hanok/cache-client';
import { ConfigError } from '@hanok/service-kit';
import type { CacheServiceConfig } from './config.ts';

/** @throws ConfigError when CACHE_URL cannot be read. */
export function openConfiguredCache(config: CacheServiceConfig): Cache {
  try {
    return openCache(config.cacheUrl, {
      memory: { maxBytes: config.memoryMaxBytes, maxEntries: config.memoryMaxEntries },
      redis: { commandTimeoutMs: config.cacheTimeoutMs },
      sessions: { ttlMs: config.sessionTtlSeconds * 1_000, expiry: config.sessionExpiry },
    });
  } catch (error) {
    throw error instanceof CacheError ? new ConfigError([error.message]) : error;
  }
}
