import type { Clock, Rng } from '@hanok/service-kit';
import type { Codec } from '../codec.ts';
import type { Invalidator } from '../invalidations/invalidator.ts';
import type { NearCacheOptions } from '../near/near-cache.ts';

export interface PlayerCacheOptions<T> {
  /** Reads the player from its source; undefined when there is none. */
  readonly load: (playerId: string) => Promise<T | undefined>;
  /** Default: JSON, version `1`. */
  readonly codec?: Codec<T>;
  /** What a player can be invalidated by besides his id, such as `guild:7`: at most 16 names. Default: none. */
  readonly tagsOf?: (player: T) => readonly string[];
  /** How long a player stays cached. Default 3,600,000. Each entry gets 90 to 100% of it. */
  readonly ttlMs?: number;
  /** How long "there is no such player" stays cached. Default 30,000. */
  readonly absentTtlMs?: number;
  /** How long others wait for a load before they load themselves. Default 3,000. */
  readonly leaseMs?: number;
  /** Loads at a time in this process. Default 64. */
  readonly maxConcurrentLoads?: number;
  /** Loads that may wait for their turn; more fail with `overloaded`. Default 10,000. */
  readonly maxWaitingLoads?: number;
  /**
   * Eagerness of early refresh (XFetch; Vattani et al., VLDB 2015): a hit close to its expiry reloads in the
   * background, sooner the slower its load is. Default 1; 0 turns it off.
   */
  readonly earlyRefresh?: number;
  /** Keeps copies in this process, served without a round trip. Default: none. Values are then shared: change none. */
  readonly near?: NearCacheOptions;
  /**
   * When the source fails, a read gives what this process read last of that player, if that is not older. It may
   * be older than an acknowledged invalidation. Default: 0, the read fails.
   */
  readonly staleWhileErrorMs?: number;
  /** Default: its own. */
  readonly invalidator?: Invalidator;
  readonly clock?: Clock;
  readonly rng?: Rng;
}

/** What a player cache did so far, for metrics. */
export interface PlayerCacheStats {
  readonly hits: number;
  /** Hits served from this process; not counted among `hits`. */
  readonly nearHits: number;
  readonly misses: number;
  /** Loads from the source, for whatever reason. */
  readonly loads: number;
  /** Loads whose result the cache could not or would not keep. */
  readonly unkept: number;
  /** Reads that went to the source because the cache was away. */
  readonly fallbacks: number;
  /** Reads that failed and were answered with the last known value. */
  readonly staleAnswers: number;
  /** Invalidations not yet acknowledged. */
  readonly pendingInvalidations: number;
}
