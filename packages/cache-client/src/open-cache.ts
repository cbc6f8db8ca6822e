import { systemClock, type Clock, type Rng } from '@hanok/service-kit';
import { Chat, type ChatOptions } from './chat/chat.ts';
import { Counters } from './counters/counters.ts';
import type { CacheError } from './errors.ts';
import { Gauges } from './gauges/gauges.ts';
import { Invalidations } from './invalidations/invalidations.ts';
import { Invalidator } from './invalidations/invalidator.ts';
import { Leaderboards } from './leaderboards/leaderboards.ts';
import { openStore, type OpenStoreOptions } from './open-store.ts';
import type { PlayerCacheOptions } from './players/player-cache-options.ts';
import { PlayerCache } from './players/player-cache.ts';
import { PlayerEntries } from './players/player-entries.ts';
import { SeasonPrizes, type SeasonPrizesOptions } from './prizes/season-prizes.ts';
import { Seasons, type SeasonsOptions } from './seasons/seasons.ts';
import { MovingStore } from './sharding/moving-store.ts';
import { Resharding } from './sharding/resharding.ts';
import { Sessions, type SessionsOptions } from './sessions/sessions.ts';
import { TopLists, type TopListsOptions } from './top-lists/top-lists.ts';
import { Uniques } from './uniques/uniques.ts';
import type { CacheStore } from './store/cache-store.ts';
import { traceStore } from './tracing/trace-store.ts';

export interface CreateCacheOptions {
  readonly clock?: Clock;
  readonly rng?: Rng;
  readonly sessions?: Omit<SessionsOptions, 'clock'>;
  readonly chat?: Omit<ChatOptions, 'clock'>;
  readonly topLists?: TopListsOptions;
  readonly seasons?: Omit<SeasonsOptions, 'clock'>;
  readonly prizes?: Pick<SeasonPrizesOptions, 'maxRetryMs'>;
}

export interface OpenCacheOptions extends OpenStoreOptions, CreateCacheOptions {}

/** One store and the features on it. */
export interface Cache {
  readonly store: CacheStore;
  readonly playerEntries: PlayerEntries;
  readonly sessions: Sessions;
  readonly leaderboards: Leaderboards;
  readonly seasons: Seasons;
  readonly seasonPrizes: SeasonPrizes;
  readonly chat: Chat;
  readonly counters: Counters;
  readonly uniques: Uniques;
  readonly topLists: TopLists;
  readonly gauges: Gauges;
  readonly invalidations: Invalidations;
  /** Moves the keys when the list of servers changes; only with a URL that has a `previous` list. */
  readonly resharding: Resharding | undefined;
  readonly connected: boolean;
  readonly lastError: CacheError | undefined;
  /** The player cache needs to know where players come from, so its owner makes it. Closed with this cache. */
  readonly players: <T>(
    options: Omit<PlayerCacheOptions<T>, 'clock' | 'rng' | 'invalidator'>,
  ) => PlayerCache<T>;
  close(): Promise<void>;
}

/**
 * Opens the cache a URL names. Returns at once, also when the servers are away: it connects, and reconnects, in
 * the background.
 *
 * | URL | engine |
 * | --- | --- |
 * | `memory:` | this process |
 * | `http://host:port`, `https://…` | a cache-service; more than one that have the same Redis after commas |
 * | `redis://[user:password@]host[:port][/db]`, `rediss://…` | one Redis server |
 * | `redis://a,b:6380,c?weights=1,1,2` | several, each key on one of them |
 * | `redis://a\|a2,b\|b2` | several, each with a replica to go on with when that was promoted |
 * | `redis://a,b,c?previous=a,b` | several, while keys move from the previous list to the new one |
 * | `redis-cluster://[user:password@]a,b,c` | a Redis Cluster |
 * | `redis-sentinel://[user:password@]a,b,c/primary[,primary…][/db]` | the primaries that Sentinels name, the keys shared |
 *
 * @throws CacheError `invalid` naming `CACHE_URL` for any other URL.
 */
export function openCache(url: string, options: OpenCacheOptions = {}): Cache {
  return createCache(openStore(url, options), options);
}

/** The features on a store that was opened otherwise; closing the cache closes it. */
export function createCache(store: CacheStore, options: CreateCacheOptions = {}): Cache {
  traceStore(store);
  const { clock, rng } = options;
  const time = clock === undefined ? {} : { clock };
  const chance = rng === undefined ? {} : { rng };
  const chat = new Chat(store, { ...options.chat, ...time });
  const invalidator = new Invalidator(store, clock ?? systemClock);
  const playerCaches: { close(): void }[] = [];
  return {
    store,
    playerEntries: new PlayerEntries(store, invalidator, time),
    sessions: new Sessions(store, { ...options.sessions, ...time }),
    leaderboards: new Leaderboards(store),
    seasons: new Seasons(store, { ...options.seasons, ...time }),
    seasonPrizes: new SeasonPrizes(store, { ...options.seasons, ...options.prizes, ...time, ...chance }),
    chat,
    counters: new Counters(store, time),
    uniques: new Uniques(store, time),
    topLists: new TopLists(store, options.topLists),
    gauges: new Gauges(store, time),
    invalidations: new Invalidations(invalidator),
    resharding: store instanceof MovingStore ? new Resharding(store, time) : undefined,
    get connected() {
      return store.connected;
    },
    get lastError() {
      return store.lastError;
    },
    players(playerOptions) {
      const players = new PlayerCache(store, { ...playerOptions, invalidator, ...time, ...chance });
      playerCaches.push(players);
      return players;
    },
    async close() {
      for (const players of playerCaches) players.close();
      chat.close();
      invalidator.close();
      await store.close();
    },
  };
}
