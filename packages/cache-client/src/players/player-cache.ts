import { systemClock, systemRng, type Clock, type Rng } from '@hanok/service-kit';
import { jsonCodec, type Codec } from '../codec.ts';
import { isCacheAway } from '../errors.ts';
import { decodeEntry, encodeEntry, newToken, type Entry } from '../fills/entry.ts';
import { fillOperation, leaseOperation, releaseOperation } from '../fills/fill-operations.ts';
import { checkTags } from '../fills/tags.ts';
import { checkInteger, checkPlayerId, playerKey } from '../names.ts';
import { Invalidator } from '../invalidations/invalidator.ts';
import { NearCache, type NearEntry, type NearFill } from '../near/near-cache.ts';
import type { CacheStore } from '../store/cache-store.ts';
import type { PlayerCacheOptions, PlayerCacheStats } from './player-cache-options.ts';
import { Flights, type Outcome } from './flights.ts';
import { LastKnown } from './last-known.ts';
import { LoadLimiter } from './load-limiter.ts';
import { PendingInvalidations } from './pending-invalidations.ts';

const firstWaitMs = 4;
const lastWaitMs = 50;

/** Most players in one call. */
const maxBatch = 1_000;

/**
 * Players, cached aside their database.
 *
 * Guarantee: a read that begins after `invalidate` resolved to `acknowledged`, in any process, returns what the
 * source held at that time or later. A load that began before an invalidation can never be stored after it
 * (leases), nor be handed to someone who asked after it (see {@link Flights}).
 *
 * While the cache is away, reads go to the source, in bounded number.
 */
export class PlayerCache<T> {
  readonly #store: CacheStore;
  readonly #load: (playerId: string) => Promise<T | undefined>;
  readonly #codec: Codec<T>;
  readonly #tagsOf: (player: T) => readonly string[];
  readonly #ttlMs: number;
  readonly #absentTtlMs: number;
  readonly #leaseMs: number;
  readonly #earlyRefresh: number;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #flights = new Flights<T | undefined>();
  readonly #refreshing = new Set<string>();
  readonly #limiter: LoadLimiter;
  readonly #invalidator: Invalidator;
  readonly #ownsInvalidator: boolean;
  readonly #pending: PendingInvalidations;
  readonly #near: NearCache<T | undefined> | undefined;
  readonly #lastKnown: LastKnown<T> | undefined;
  readonly #counts = { hits: 0, nearHits: 0, misses: 0, loads: 0, unkept: 0, fallbacks: 0, staleAnswers: 0 };

  constructor(store: CacheStore, options: PlayerCacheOptions<T>) {
    this.#store = store;
    this.#load = options.load;
    this.#codec = options.codec ?? jsonCodec<T>();
    this.#tagsOf = options.tagsOf ?? (() => []);
    this.#ttlMs = options.ttlMs ?? 3_600_000;
    this.#absentTtlMs = options.absentTtlMs ?? 30_000;
    this.#leaseMs = options.leaseMs ?? 3_000;
    this.#earlyRefresh = options.earlyRefresh ?? 1;
    this.#clock = options.clock ?? systemClock;
    this.#rng = options.rng ?? systemRng;
    this.#limiter = new LoadLimiter({
      maxConcurrent: options.maxConcurrentLoads ?? 64,
      maxWaiting: options.maxWaitingLoads ?? 10_000,
    });
    this.#ownsInvalidator = options.invalidator === undefined;
    this.#invalidator = options.invalidator ?? new Invalidator(store, this.#clock);
    this.#pending = new PendingInvalidations(this.#invalidator, this.#clock);
    this.#near =
      options.near === undefined ? undefined : new NearCache(store, playerKey(''), this.#clock, options.near);
    const { staleWhileErrorMs = 0 } = options;
    this.#lastKnown = staleWhileErrorMs > 0 ? new LastKnown(this.#clock, staleWhileErrorMs) : undefined;
  }

  get stats(): PlayerCacheStats {
    return { ...this.#counts, pendingInvalidations: this.#pending.size };
  }

  /**
   * The player, from the cache or else from the source; undefined when the source has none.
   *
   * @throws whatever `load` throws, and CacheError `overloaded` when too many loads wait already.
   */
  read(playerId: string): Promise<T | undefined> {
    return this.#readBegun(playerId, undefined);
  }

  /**
   * Several players at once, in the order of the ids; undefined for those whom the source does not have.
   *
   * @throws CacheError `invalid` for more than 1,000 ids, and as {@link read} does.
   */
  async readMany(playerIds: readonly string[]): Promise<(T | undefined)[]> {
    checkInteger('playerIds', playerIds.length, 0, maxBatch);
    const begunAtMs = this.#clock.monotonicMs();
    return Promise.all(playerIds.map((playerId) => this.#readBegun(playerId, begunAtMs)));
  }

  /** Not async, which would make a promise for each hit. */
  #readBegun(playerId: string, begunAtMs: number | undefined): Promise<T | undefined> {
    return this.#peek(playerId, begunAtMs)?.settled ?? this.#readFurther(playerId);
  }

  async #readFurther(playerId: string): Promise<T | undefined> {
    checkPlayerId(playerId);
    if (this.#lastKnown === undefined) return this.#read(playerId);
    return this.#lastKnown.orLastKnown(
      playerId,
      () => this.#read(playerId),
      () => void (this.#counts.staleAnswers += 1),
    );
  }

  async #read(playerId: string): Promise<T | undefined> {
    if (this.#pending.has(playerId)) return this.#readSource(playerId);
    if (this.#near === undefined) return this.#readStore(playerId);
    const fill = this.#near.begin(playerId);
    try {
      return await this.#readStore(playerId, fill);
    } finally {
      this.#near.finish(playerId, fill);
    }
  }

  /**
   * The player as this process's near cache has it, without waiting; undefined when it has to be read.
   *
   * `begunAtMs`: when the read counts as begun, on the monotonic clock; by default now. The guarantee is about
   * invalidations acknowledged before. Who peeks at many players for one purpose looks at the clock once, which is
   * most of what a peek costs.
   */
  peek(playerId: string, begunAtMs?: number): { readonly value: T | undefined } | undefined {
    return this.#peek(playerId, begunAtMs);
  }

  #peek(playerId: string, begunAtMs?: number): NearEntry<T | undefined> | undefined {
    const entry = this.#near?.get(playerId, begunAtMs);
    // Nearly always none is pending, and asking that is cheaper than looking one up.
    if (entry === undefined || (this.#pending.size > 0 && this.#pending.has(playerId))) return undefined;
    this.#counts.nearHits += 1;
    return entry;
  }

  async #readStore(playerId: string, nearFill?: NearFill): Promise<T | undefined> {
    try {
      const hit = this.#valueOf(await this.#store.get(playerKey(playerId)));
      if (hit !== undefined) {
        this.#counts.hits += 1;
        this.#keepNear(playerId, nearFill, hit.value, hit.entry);
        this.#refreshEarly(playerId, hit.entry);
        return hit.value;
      }
    } catch (error) {
      if (!isCacheAway(error)) throw error;
      return this.#readSource(playerId);
    }
    this.#counts.misses += 1;
    return this.#flights.join(playerId, (seal) => this.#fill(playerId, seal, nearFill));
  }

  #keepNear(
    playerId: string,
    fill: NearFill | undefined,
    value: T | undefined,
    { expiresAtMs, payload, tags }: Entry & { state: 'filled' },
  ): void {
    if (fill === undefined) return;
    const ttlMs = expiresAtMs - this.#clock.now();
    this.#near?.keep(playerId, fill, { value, sizeBytes: payload?.length ?? 0, ttlMs, tags });
  }

  /**
   * Drops a player from the cache. Call it after every committed change and await it before answering.
   *
   * `acknowledged`: no later read anywhere, near caches included, returns what was there before. `pending`: the cache is away; the
   * invalidation is delivered when it returns, this process reads around the cache until then, and other
   * processes may see the old value for at most the TTL once the cache is back.
   */
  async invalidate(playerId: string): Promise<'acknowledged' | 'pending'> {
    const key = playerKey(checkPlayerId(playerId));
    try {
      await this.#invalidator.drop(key);
      return 'acknowledged';
    } catch (error) {
      if (!isCacheAway(error)) throw error;
      this.#pending.add(playerId);
      return 'pending';
    }
  }

  /** Stops delivering pending invalidations. The store is its owner's to close. */
  close(): void {
    this.#pending.close();
    this.#near?.close();
    if (this.#ownsInvalidator) this.#invalidator.close();
  }

  /** The value of a held entry, or undefined when it is none that can be used. */
  #valueOf(
    held: string | undefined,
  ): { value: T | undefined; entry: Entry & { state: 'filled' } } | undefined {
    const entry = held === undefined ? undefined : decodeEntry(held);
    if (entry?.state !== 'filled') return undefined;
    if (entry.payload === undefined) return { value: undefined, entry };
    const value = this.#codec.decode(entry.payload);
    return value === undefined ? undefined : { value, entry };
  }

  /** Loads under a lease and stores, or waits for whoever holds the lease. */
  async #fill(playerId: string, seal: () => void, nearFill?: NearFill): Promise<Outcome<T | undefined>> {
    const key = playerKey(playerId);
    const giveUpAtMs = this.#clock.monotonicMs() + this.#leaseMs;
    let waitMs = firstWaitMs;
    let replaces = '';
    try {
      while (this.#clock.monotonicMs() < giveUpAtMs) {
        const token = newToken();
        const held = await this.#store.run(leaseOperation, [key], [token, this.#leaseMs, replaces]);
        if (held === undefined) return await this.#loadAndKeep(playerId, token, seal, nearFill);
        const hit = this.#valueOf(held);
        if (hit !== undefined) return { value: hit.value, confirmed: false };
        const entry = decodeEntry(held);
        // What cannot be read (another version, or broken) is taken over; a lease is waited for.
        if (entry !== undefined && entry.state !== 'leased') replaces = entry.token;
        else await this.#clock.sleep(waitMs * (0.5 + this.#rng.next()));
        waitMs = Math.min(lastWaitMs, waitMs * 2);
      }
    } catch (error) {
      if (!isCacheAway(error)) throw error;
      this.#counts.fallbacks += 1;
    }
    return this.#loadUnkept(playerId);
  }

  async #loadAndKeep(
    playerId: string,
    token: string,
    seal: () => void,
    nearFill: NearFill | undefined,
  ): Promise<Outcome<T | undefined>> {
    let loaded;
    try {
      loaded = await this.#timedLoad(playerId);
    } catch (error) {
      await this.#store.run(releaseOperation, [playerKey(playerId)], [token]).catch(() => false);
      throw error;
    }
    seal();
    const confirmed = await this.#keep(playerId, token, { ...loaded, token }, { nearFill });
    return { value: loaded.value, confirmed };
  }

  /**
   * Puts a loaded value where `expected` is; false when that is gone, or the cache. Where an entry with the tags
   * `replaced` is replaced, a tag that this did not carry could have been invalidated unnoticed during the load:
   * then nothing is kept.
   */
  async #keep(
    playerId: string,
    expected: string,
    { value, loadMs, token }: { value: T | undefined; loadMs: number; token: string },
    { nearFill, replaced }: { nearFill?: NearFill | undefined; replaced?: readonly string[] } = {},
  ): Promise<boolean> {
    const ttlMs = Math.ceil(
      (value === undefined ? this.#absentTtlMs : this.#ttlMs) * (1 - this.#rng.next() / 10),
    );
    const payload = value === undefined ? undefined : this.#codec.encode(value);
    const tags = value === undefined ? [] : checkTags(this.#tagsOf(value));
    if (replaced !== undefined && !tags.every((tag) => replaced.includes(tag))) return false;
    const entry = {
      state: 'filled',
      token,
      expiresAtMs: this.#clock.now() + ttlMs,
      loadMs,
      payload,
      tags,
    } as const;
    const operands = [expected, encodeEntry(entry), ttlMs];
    try {
      const kept = await this.#store.run(fillOperation, [playerKey(playerId)], operands);
      if (kept) this.#keepNear(playerId, nearFill, value, entry);
      else this.#counts.unkept += 1;
      return kept;
    } catch {
      // The value is good; that it could not be kept (cache away, value too large) is no reason to withhold it.
      this.#counts.unkept += 1;
      return false;
    }
  }

  async #readSource(playerId: string): Promise<T | undefined> {
    this.#counts.fallbacks += 1;
    return this.#flights.join(playerId, () => this.#loadUnkept(playerId));
  }

  async #loadUnkept(playerId: string): Promise<Outcome<T | undefined>> {
    const { value } = await this.#timedLoad(playerId);
    this.#counts.unkept += 1;
    return { value, confirmed: false };
  }

  #timedLoad(playerId: string): Promise<{ value: T | undefined; loadMs: number }> {
    return this.#limiter.run(async () => {
      this.#counts.loads += 1;
      const startedAtMs = this.#clock.monotonicMs();
      const value = await this.#load(playerId);
      return { value, loadMs: this.#clock.monotonicMs() - startedAtMs };
    });
  }

  /** Replaces exactly the entry that was seen: if it was invalidated meanwhile, nothing is stored. */
  #refreshEarly(
    playerId: string,
    { token, expiresAtMs, loadMs, payload, tags }: Entry & { state: 'filled' },
  ): void {
    if (this.#earlyRefresh === 0 || payload === undefined || this.#refreshing.has(playerId)) return;
    const headStartMs = -loadMs * this.#earlyRefresh * Math.log(1 - this.#rng.next());
    if (this.#clock.now() + headStartMs < expiresAtMs) return;
    this.#refreshing.add(playerId);
    void this.#timedLoad(playerId)
      .then((loaded) => this.#keep(playerId, token, { ...loaded, token: newToken() }, { replaced: tags }))
      .catch(() => false)
      .finally(() => this.#refreshing.delete(playerId));
  }
}
