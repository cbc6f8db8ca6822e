import { checkInteger, checkName, taggedKey } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import type { Frequent } from './space-saving.ts';
import { countMember, topMembers } from './top-list-operations.ts';

export interface TopListsOptions {
  /** Members a list keeps, 10 to 10,000; what it says of the first tenth of them is good. Default 1,000. */
  readonly capacity?: number;
  /** How long a list stays that nobody counts on. Default 7 days. */
  readonly idleMs?: number;
}

/** Most members in one answer. */
export const maxTopMembers = 100;

/**
 * The most frequent members of a stream, such as items bought or maps played, in bounded room however many
 * different ones there are (Space-Saving; Metwally et al., 2005). No count is too low; each says by how much it
 * may be too high, which is 0 while there have been no more members than the list keeps.
 */
export class TopLists {
  readonly #store: CacheStore;
  readonly #capacity: number;
  readonly #idleMs: number;

  /** @throws CacheError `invalid` for a capacity out of bounds. */
  constructor(store: CacheStore, { capacity = 1_000, idleMs = 604_800_000 }: TopListsOptions = {}) {
    this.#store = store;
    this.#capacity = checkInteger('capacity', capacity, 10, 10_000);
    this.#idleMs = idleMs;
  }

  /** Counts a member `by` times (default 1, from 1) and resolves to its count. */
  async count(name: string, member: string, by = 1): Promise<number> {
    const args = [this.#capacity, this.#idleMs, checkName('member', member), checkInteger('by', by, 1)];
    return this.#store.run(countMember, keysOf(name), args);
  }

  /** The most frequent first, 1 to 100 of them. */
  async top(name: string, limit = 10): Promise<readonly Frequent[]> {
    return this.#store.run(topMembers, keysOf(name), [checkInteger('limit', limit, 1, maxTopMembers)]);
  }

  /** True when there was a list. */
  async reset(name: string): Promise<boolean> {
    const gone = await Promise.all(keysOf(name).map((key) => this.#store.delete(key)));
    return gone.includes(true);
  }
}

function keysOf(name: string): readonly [string, string] {
  checkName('name', name);
  return [taggedKey('top', name), taggedKey('top', name, 'errors')];
}
