import { CacheError } from '../errors.ts';
import { checkName } from '../names.ts';
import { checkPattern, isPattern } from '../pattern.ts';
import type { DeletionReport } from '../store/cache-store.ts';
import type { Dropped, Invalidator, NearReport } from './invalidator.ts';

/** What invalidations may touch: keys that are copies of something a database holds. */
const cachedFamily = 'player:';

/** What to invalidate: one key, all values with a tag, or all keys that match a pattern. */
export type InvalidationTarget =
  { readonly key: string } | { readonly tag: string } | { readonly pattern: string };

/** What an invalidation did, server by server. */
export interface InvalidationReport {
  readonly target: InvalidationTarget;
  /** True when every server took part: no copy that was meant is left anywhere. */
  readonly complete: boolean;
  /** Keys gone from the servers, leases included. */
  readonly deleted: number;
  readonly shards: readonly DeletionReport[];
  /** Every near cache that was told. One that lapsed serves nothing either: it begins empty when it is back. */
  readonly nearCaches: readonly NearReport[];
}

/**
 * Drops cached copies on all servers and from all near caches at once. Sessions, boards, chat and counters are no
 * copies and cannot be reached: keys and patterns must begin with `player:`.
 */
export class Invalidations {
  readonly #invalidator: Invalidator;

  constructor(invalidator: Invalidator) {
    this.#invalidator = invalidator;
  }

  /**
   * By key `player:42`, by pattern `player:4*`, or by the tag of the values (`tagsOf` of the player cache). What
   * was loaded before cannot be stored afterwards. By pattern and tag every server looks through all its keys,
   * in slices of a millisecond: seconds for each million.
   *
   * @param target a text is a pattern.
   * @throws CacheError `invalid` naming the part that breaks a rule. Unreachable servers are in the report.
   */
  async broadcast(target: string | InvalidationTarget): Promise<InvalidationReport> {
    const what = typeof target === 'string' ? { pattern: target } : target;
    const { shards, nearCaches } = await this.#drop(what);
    return {
      target: what,
      complete: shards.every(({ ok }) => ok),
      deleted: shards.reduce((sum, { deleted }) => sum + deleted, 0),
      shards,
      nearCaches,
    };
  }

  async #drop(what: InvalidationTarget): Promise<Dropped> {
    if ('tag' in what) return this.#invalidator.dropMatching(`${cachedFamily}*`, checkName('tag', what.tag));
    if ('pattern' in what) {
      const pattern = checkCopies('pattern', what.pattern);
      return isPattern(pattern)
        ? this.#invalidator.dropMatching(pattern)
        : this.#invalidator.dropReported(pattern);
    }
    const key = checkCopies('key', what.key);
    if (isPattern(key)) {
      throw new CacheError('invalid', 'key must be one key, without * or ?', {
        field: 'key',
        rule: 'pattern',
      });
    }
    return this.#invalidator.dropReported(key);
  }
}

/** @throws CacheError `invalid` for what could reach anything but copies. */
function checkCopies(field: 'key' | 'pattern', text: string): string {
  checkPattern(text, field);
  if (!text.startsWith(cachedFamily)) {
    throw new CacheError('invalid', `${field} must begin with ${cachedFamily}`, { field, rule: 'family' });
  }
  return text;
}
