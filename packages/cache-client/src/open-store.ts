import type { Clock, Rng } from '@hanok/service-kit';
import { CacheError } from './errors.ts';
import { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
import { RedisStore, type RedisStoreOptions } from './redis/redis-store.ts';
import { nameOf } from './redis/redis-target.ts';
import { parseRedisUrl } from './redis/redis-url.ts';
import { HttpStore, type HttpStoreOptions } from './remote/http-store.ts';
import { ShardedStore } from './sharding/sharded-store.ts';
import type { CacheStore } from './store/cache-store.ts';

export interface OpenStoreOptions {
  readonly clock?: Clock;
  readonly rng?: Rng;
  /** For `memory:`. */
  readonly memory?: Omit<MemoryStoreOptions, 'clock'>;
  /** For `redis:`, `rediss:`, `redis-cluster:` and `redis-sentinel:`. */
  readonly redis?: Omit<RedisStoreOptions, 'rng' | 'clock'>;
  /** For `http:` and `https:`; the service credential goes here. */
  readonly http?: Omit<HttpStoreOptions, 'clock'>;
}

/**
 * Opens the store a URL names; see `openCache` for the URLs.
 *
 * @throws CacheError `invalid` naming `CACHE_URL`.
 */
export function openStore(url: string, options: OpenStoreOptions = {}): CacheStore {
  const clock = options.clock === undefined ? {} : { clock: options.clock };
  const rng = options.rng === undefined ? {} : { rng: options.rng };
  if (url === 'memory:') return new MemoryStore({ ...options.memory, ...clock });
  if (/^https?:\/\/[^/]/.test(url) && URL.canParse(url))
    return new HttpStore(url, { ...options.http, ...clock });
  if (/^redis(s|-cluster|-sentinel)?:/.test(url))
    return openRedis(url, { ...options.redis, ...rng, ...clock });
  throw new CacheError('invalid', 'CACHE_URL must be memory:, http(s)://host… or redis(s)://host…', {
    field: 'CACHE_URL',
    rule: 'format',
  });
}

function openRedis(url: string, options: RedisStoreOptions): CacheStore {
  const shards = parseRedisUrl(url).map(({ target, weight }) => ({
    name: nameOf(target),
    weight,
    store: new RedisStore(target, options),
  }));
  const [only] = shards;
  return shards.length === 1 && only !== undefined ? only.store : new ShardedStore(shards);
}
