import type { Clock } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { newToken } from '../fills/entry.ts';
import { Announcer } from '../near/announcer.ts';
import type { CacheStore, DeletionReport } from '../store/cache-store.ts';

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
    const dropped = await this.#store.delete(key);
    await this.announce(key);
    return dropped;
  }

  /** Tells the near caches about a key whose value was deleted or replaced. @throws CacheError */
  async announce(key: string): Promise<void> {
    await this.#announcers.get(this.#store.partOf(key))?.announce(key);
  }

  /** Drops all keys that match; a server that is away, or could not tell the near caches, is in the reports. */
  async dropMatching(pattern: string): Promise<readonly DeletionReport[]> {
    const reports = await Promise.all(
      [...this.#announcers].map(async ([part, announcer]) => {
        const deletions = await part.deleteMatching(pattern);
        try {
          await announcer.announce(pattern);
          return deletions;
        } catch (error) {
          if (!(error instanceof CacheError)) throw error;
          return deletions.map((deletion) => (deletion.ok ? { ...deletion, ok: false, error } : deletion));
        }
      }),
    );
    return reports.flat();
  }

  close(): void {
    for (const announcer of this.#announcers.values()) announcer.close();
  }
}
