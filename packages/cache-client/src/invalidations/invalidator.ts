import type { Clock } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { newToken } from '../fills/entry.ts';
import { announcedTag, tagOfAnnounced } from '../fills/tags.ts';
import { Announcer, type NearOutcome } from '../near/announcer.ts';
import { isPattern } from '../pattern.ts';
import type { CacheStore, DeletionReport } from '../store/cache-store.ts';

/** How a near cache took an invalidation, and where that was announced. */
export interface NearReport extends NearOutcome {
  /** The server whose near caches were told. */
  readonly shard: string;
}

/** What was dropped, server by server, and who had copies. */
export interface Dropped {
  readonly shards: readonly DeletionReport[];
  readonly nearCaches: readonly NearReport[];
}

/** Drops copies from the store and from the near caches of all processes. */
export class Invalidator {
  readonly #store: CacheStore;
  readonly #announcers: ReadonlyMap<CacheStore, Announcer>;

  constructor(store: CacheStore, clock: Clock) {
    const name = newToken();
    this.#store = store;
    this.#announcers = new Map(store.parts.map((part) => [part, new Announcer(part, name, clock)]));
  }

  /**
   * Resolves when nobody serves what the key held: true when the store had something to delete.
   *
   * @throws CacheError when the key's part of the store is away; then it may still be served.
   */
  async drop(key: string): Promise<boolean> {
    const deletion = this.#store.delete(key);
    // Announced before it is gone, it could be read, and kept, once more.
    if (!this.#keepsOrder(key)) await deletion;
    const [dropped] = await Promise.all([deletion, this.announce(key)]);
    return dropped;
  }

  /** Tells the near caches about a key whose value was deleted or replaced. @throws CacheError */
  async announce(key: string): Promise<void> {
    await this.#announcers.get(this.#store.partOf(key))?.announce(key);
  }

  /** Announces a key on its part, a pattern or tag on every part. @throws CacheError */
  async announceWhereDue(announced: string): Promise<void> {
    if (!isPattern(announced) && tagOfAnnounced(announced) === undefined) return this.announce(announced);
    await Promise.all([...this.#announcers.values()].map((announcer) => announcer.announce(announced)));
  }

  /** Drops one key as {@link drop} does, and reports instead of throwing. */
  async dropReported(key: string): Promise<Dropped> {
    const part = this.#store.partOf(key);
    const [shard = ''] = part.status().map((status) => status.shard);
    let deleted = 0;
    try {
      if (await this.#store.delete(key)) deleted = 1;
      const outcomes = (await this.#announcers.get(this.#store.partOf(key))?.announce(key)) ?? [];
      return {
        shards: [{ shard, ok: true, deleted }],
        nearCaches: outcomes.map((outcome) => ({ shard, ...outcome })),
      };
    } catch (error) {
      if (!(error instanceof CacheError)) throw error;
      return { shards: [{ shard, ok: false, deleted, error }], nearCaches: [] };
    }
  }

  /**
   * Drops all keys that match, or those of them that carry the tag; a server that is away, or could not tell the
   * near caches, is in the reports.
   */
  async dropMatching(pattern: string, tag?: string): Promise<Dropped> {
    const deletions = await this.#store.deleteMatching(pattern, tag);
    const announced = tag === undefined ? pattern : announcedTag(tag);
    const told = await Promise.all(
      [...this.#announcers].map(([part, announcer]) => tell(part, announcer, announced)),
    );
    const failures = new Map(told.flatMap(({ shards, error }) => shards.map((shard) => [shard, error])));
    const untold = told.length === 1 ? told[0]?.error : undefined;
    return {
      shards: deletions.map((deletion) => {
        const error = untold ?? failures.get(deletion.shard);
        return error === undefined || !deletion.ok ? deletion : { ...deletion, ok: false, error };
      }),
      nearCaches: told.flatMap(({ nearCaches }) => nearCaches),
    };
  }

  close(): void {
    for (const announcer of this.#announcers.values()) announcer.close();
  }

  /** Whether what is announced of a key comes after what was done to it without waiting for that. */
  #keepsOrder(key: string): boolean {
    return this.#store.isSettled(key) && this.#store.partOf(key).keepsOrder;
  }
}

/** Announces on one part; what keeps that from happening is in the result. */
async function tell(
  part: CacheStore,
  announcer: Announcer,
  announced: string,
): Promise<{ shards: string[]; nearCaches: NearReport[]; error?: CacheError }> {
  const shards = part.status().map(({ shard }) => shard);
  try {
    const outcomes = await announcer.announce(announced);
    const nearCaches = outcomes.map((outcome) => ({ shard: shards[0] ?? '', ...outcome }));
    return { shards, nearCaches };
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    return { shards, nearCaches: [], error };
  }
}
