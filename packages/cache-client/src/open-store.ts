import type { Clock, Rng } from '@hanok/service-kit';
import { CacheError } from './errors.ts';
import { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
import { defaultKeyPrefix, RedisStore, type RedisStoreOptions } from './redis/redis-store.ts';
import { shardNameOf } from './redis/redis-target.ts';
import { parseRedisUrl, type RedisShard } from './redis/redis-url.ts';
import { HttpStore, type HttpStoreOptions } from './remote/http-store.ts';
import { MovingStore } from './sharding/moving-store.ts';
import { RingGate } from './sharding/ring-gate.ts';
import { fingerprintOf, ringKey } from './sharding/ring.ts';
import { ShardedStore } from './sharding/sharded-store.ts';
import type { CacheStore } from './store/cache-store.ts';

export interface OpenStoreOptions {
  readonly clock?: Clock;
  readonly rng?: Rng;
  /** For `memory:`. */
  readonly memory?: Omit<MemoryStoreOptions, 'clock'>;
  /** For `redis:`, `rediss:`, `redis-cluster:` and `redis-sentinel:`. */
  readonly redis?: Omit<RedisStoreOptions, 'rng' | 'clock' | 'gate'>;
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
  if (isHttpList(url)) return new HttpStore(url, { ...options.http, ...clock });
  if (/^redis(s|-cluster|-sentinel)?:/.test(url))
    return openRedis(url, { ...options.redis, ...rng, ...clock });
  throw new CacheError('invalid', 'CACHE_URL must be memory:, http(s)://host… or redis(s)://host…', {
    field: 'CACHE_URL',
    rule: 'format',
  });
}

/** `http://a:8020` or `https://a:8020,b:8020`. */
function isHttpList(url: string): boolean {
  const [, scheme, hosts = ''] = /^(https?):\/\/([^/].*)$/u.exec(url) ?? [];
  return scheme !== undefined && hosts.split(',').every((host) => URL.canParse(`${scheme}://${host}`));
}

function openRedis(url: string, options: RedisStoreOptions): CacheStore {
  const { shards, previous } = parseRedisUrl(url);
  if (previous !== undefined) return openMoving(shards, previous, options);
  const gate = gateOf(shards, undefined, options);
  const stores = shards.map(({ target, weight }) => ({
    name: shardNameOf(target),
    weight,
    store: new RedisStore(target, { ...options, ...(gate === undefined ? {} : { gate }) }),
  }));
  const [only] = stores;
  return stores.length === 1 && only !== undefined ? only.store : new ShardedStore(stores);
}

/** Every server of either list once. */
function openMoving(
  shards: readonly RedisShard[],
  previous: readonly RedisShard[],
  options: RedisStoreOptions,
): CacheStore {
  const gate = gateOf(shards, previous, options);
  if (gate === undefined)
    throw new CacheError('invalid', 'only plain Redis servers can be a list that changes');
  const weightsOf = (list: readonly RedisShard[]) =>
    new Map(list.map(({ target, weight }) => [shardNameOf(target), weight]));
  const [weights, previousWeights] = [weightsOf(shards), weightsOf(previous)];
  // Where both name a server, the new list says which replicas it has.
  const targets = new Map([...previous, ...shards].map(({ target }) => [shardNameOf(target), target]));
  const moving = [...targets].map(([name, target]) => ({
    name,
    store: new RedisStore(target, { ...options, gate }),
    weight: weights.get(name),
    previousWeight: previousWeights.get(name),
  }));
  return new MovingStore(moving, gate);
}

/** Watches over a list of plain servers; clusters and Sentinels have lists of their own. */
function gateOf(
  shards: readonly RedisShard[],
  previous: readonly RedisShard[] | undefined,
  { keyPrefix = defaultKeyPrefix }: RedisStoreOptions,
): RingGate | undefined {
  const [first] = shards;
  if (first === undefined || !('host' in first.target)) return undefined;
  const nodesOf = (list: readonly RedisShard[]) =>
    list.map(({ target, weight }) => ({ name: shardNameOf(target), weight }));
  const lists = {
    current: fingerprintOf(nodesOf(shards)),
    previous: previous === undefined ? undefined : fingerprintOf(nodesOf(previous)),
  };
  return new RingGate(lists, keyPrefix + ringKey, first.target.database ?? 0);
}
