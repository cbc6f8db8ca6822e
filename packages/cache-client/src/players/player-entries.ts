import { systemClock, type Clock } from '@hanok/service-kit';
import { jsonCodec } from '../codec.ts';
import { decodeEntry, encodeEntry, newToken } from '../fills/entry.ts';
import { fillOperation, leaseOperation } from '../fills/fill-operations.ts';
import { checkTags } from '../fills/tags.ts';
import { checkInteger, checkPlayerId, playerKey } from '../names.ts';
import type { Invalidator } from '../invalidations/invalidator.ts';
import type { CacheStore } from '../store/cache-store.ts';

/** A cached player as JSON. */
export interface PlayerEntry {
  readonly value: unknown;
  readonly expiresAtMs: number;
}

export interface PutPlayerOptions {
  /** Default 3,600,000. */
  readonly ttlMs?: number;
  /** A token of {@link PlayerEntries.lease}: stores only if nothing was invalidated since. */
  readonly lease?: string;
  /** What the player can be invalidated by besides his id: at most 16 names. Default: none. */
  readonly tags?: readonly string[];
}

/** The codec version of entries. */
const jsonVersion = '1';
/** How long a lease given out by hand lasts. */
const leaseMs = 3_000;

/**
 * The entries of {@link PlayerCache} one by one, for those who load players themselves, such as services in
 * other languages behind cache-service: read; on a miss take a lease, load, put with the lease; invalidate.
 */
export class PlayerEntries {
  readonly #store: CacheStore;
  readonly #invalidator: Invalidator;
  readonly #clock: Clock;
  readonly #codec = jsonCodec<unknown>({ version: jsonVersion });

  constructor(
    store: CacheStore,
    invalidator: Invalidator,
    { clock = systemClock }: { readonly clock?: Clock } = {},
  ) {
    this.#store = store;
    this.#invalidator = invalidator;
    this.#clock = clock;
  }

  /** Undefined for what is not cached, including players known to be absent. */
  async read(playerId: string): Promise<PlayerEntry | undefined> {
    const entry = await this.#entryOf(playerId);
    const value = entry === undefined ? undefined : this.#codec.decode(entry.payload);
    return entry === undefined || value === undefined ? undefined : { value, expiresAtMs: entry.expiresAtMs };
  }

  /** As {@link read}, with the player as the JSON it is kept as. */
  async readJson(
    playerId: string,
  ): Promise<{ readonly json: string; readonly expiresAtMs: number } | undefined> {
    const entry = await this.#entryOf(playerId);
    return entry?.payload.startsWith(jsonVersion) === true
      ? { json: entry.payload.slice(1), expiresAtMs: entry.expiresAtMs }
      : undefined;
  }

  /** The right to fill a missing entry, for 3 s; undefined when it is there or someone else fills it. */
  async lease(playerId: string): Promise<string | undefined> {
    const token = newToken();
    const key = playerKey(checkPlayerId(playerId));
    const held = await this.#store.run(leaseOperation, [key], [token, leaseMs, '']);
    return held === undefined ? token : undefined;
  }

  /**
   * Stores a player. With a lease: false, and nothing stored, when it ended meanwhile. Without one it replaces
   * whatever is there: use that only for what cannot be older than the last invalidation.
   */
  async put(
    playerId: string,
    value: unknown,
    { ttlMs = 3_600_000, lease, tags = [] }: PutPlayerOptions = {},
  ): Promise<boolean> {
    const key = playerKey(checkPlayerId(playerId));
    checkInteger('ttlMs', ttlMs, 1);
    const entry = encodeEntry({
      state: 'filled',
      token: lease ?? newToken(),
      expiresAtMs: this.#clock.now() + ttlMs,
      loadMs: 0,
      payload: this.#codec.encode(value),
      tags: checkTags(tags),
    });
    if (lease !== undefined) return this.#store.run(fillOperation, [key], [lease, entry, ttlMs]);
    await this.#store.set(key, entry, { ttlMs });
    await this.#invalidator.announce(key);
    return true;
  }

  /** True when there was an entry, or a lease for one. */
  invalidate(playerId: string): Promise<boolean> {
    return this.#invalidator.drop(playerKey(checkPlayerId(playerId)));
  }

  async #entryOf(playerId: string): Promise<{ payload: string; expiresAtMs: number } | undefined> {
    const held = await this.#store.get(playerKey(checkPlayerId(playerId)));
    const entry = held === undefined ? undefined : decodeEntry(held);
    if (entry?.state !== 'filled' || entry.payload === undefined) return undefined;
    return { payload: entry.payload, expiresAtMs: entry.expiresAtMs };
  }
}
