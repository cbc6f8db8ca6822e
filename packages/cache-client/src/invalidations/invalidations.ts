import { CacheError } from '../errors.ts';
import { checkPattern } from '../pattern.ts';
import type { DeletionReport } from '../store/cache-store.ts';
import type { Invalidator } from './invalidator.ts';

/** What invalidations may touch: keys that are copies of something a database holds. */
const cachedFamilies = ['player:'] as const;

/** What an invalidation did, server by server. */
export interface InvalidationReport {
  readonly pattern: string;
  /** True when every server took part: no copy that matched is left anywhere. */
  readonly complete: boolean;
  readonly deleted: number;
  readonly shards: readonly DeletionReport[];
}

/**
 * Drops cached copies by pattern, on all servers and from all near caches at once. Sessions, boards, chat and counters are no copies and
 * cannot be reached: a pattern must begin with `player:`.
 */
export class Invalidations {
  readonly #invalidator: Invalidator;

  constructor(invalidator: Invalidator) {
    this.#invalidator = invalidator;
  }

  /**
   * `player:42` drops one player, `player:4*` all that match, `player:*` all. Loads in flight for the keys that
   * matched cannot be stored afterwards.
   *
   * @throws CacheError `invalid` for patterns that break the rules. Unreachable servers are in the report.
   */
  async broadcast(pattern: string): Promise<InvalidationReport> {
    checkPattern(pattern);
    if (!cachedFamilies.some((family) => pattern.startsWith(family))) {
      throw new CacheError('invalid', `pattern must begin with ${cachedFamilies.join(' or ')}`, {
        field: 'pattern',
        rule: 'family',
      });
    }
    const shards = await this.#invalidator.dropMatching(pattern);
    return {
      pattern,
      complete: shards.every(({ ok }) => ok),
      deleted: shards.reduce((sum, { deleted }) => sum + deleted, 0),
      shards,
    };
  }
}
