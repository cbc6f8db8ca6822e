import type { Clock } from '@hanok/service-kit';
import { CacheError } from './errors.ts';
import { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
import type { CacheStore } from './store/cache-store.ts';

export interface OpenStoreOptions {
  readonly clock?: Clock;
  /** Bounds of the memory engine. */
  readonly memory?: Omit<MemoryStoreOptions, 'clock'>;
}

/** Opens the store a URL names; see `openCache` for the URLs. */
export function openStore(url: string, options: OpenStoreOptions = {}): CacheStore {
  const { clock } = options;
  if (url === 'memory:')
    return new MemoryStore({ ...options.memory, ...(clock === undefined ? {} : { clock }) });
  throw new CacheError('invalid', 'CACHE_URL must be memory:, http(s)://… or redis(s)://…', {
    field: 'CACHE_URL',
    rule: 'format',
  });
}
