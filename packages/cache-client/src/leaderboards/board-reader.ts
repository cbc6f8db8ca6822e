import { CacheError } from '../errors.ts';
import { checkInteger, checkPlayerId } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import {
  amongPlayers,
  aroundPlayer,
  boardAtPercentile,
  describeBoard,
  pageOfBoard,
  type Row,
  type Rows,
} from './board-operations.ts';
import type { BoardOperator, BoardOrder } from './board.ts';

/** Most rows one page may have. */
export const maxPageRows = 1_000;

/** The three keys of a board, which live together. */
export type BoardKeys = readonly [string, string, string];

/** Where a player stands. */
export interface Standing extends Row {
  /** Players on the board. */
  readonly total: number;
  /** The share of the other players who rank lower, percent: 100 for the first, 0 for the last. */
  readonly percentile: number;
}

/** One board as its readers see it, whether it is under way or archived. */
export class BoardReader {
  readonly #store: CacheStore;
  readonly #keys: BoardKeys;

  constructor(store: CacheStore, keys: BoardKeys) {
    this.#store = store;
    this.#keys = keys;
  }

  /** The board's definition and how many players are on it. */
  describe(): Promise<{ order: BoardOrder; operator: BoardOperator; total: number }> {
    return this.#store.run(describeBoard, this.#keys, []);
  }

  /** Rows from the 1-based rank `fromRank` on, and how many players there are in all. */
  async page({ fromRank = 1, limit = 50 }: { fromRank?: number; limit?: number } = {}): Promise<Rows> {
    const offset = checkInteger('fromRank', fromRank, 1) - 1;
    return this.#store.run(pageOfBoard, this.#keys, [offset, checkInteger('limit', limit, 1, maxPageRows)]);
  }

  /** Where a player stands, or undefined without a score. */
  async rank(playerId: string): Promise<Standing | undefined> {
    const found = await this.#store.run(aroundPlayer, this.#keys, [checkPlayerId(playerId), 0, 0]);
    const row = found?.rows[0];
    if (found === undefined || row === undefined) return undefined;
    const { total } = found;
    return { ...row, total, percentile: total === 1 ? 100 : (100 * (total - row.rank)) / (total - 1) };
  }

  /**
   * The last player whom at least `percentile` percent (0 to 100) of the others rank below: what it takes to be there.
   * Undefined on an empty board.
   */
  async atPercentile(percentile: number): Promise<Row | undefined> {
    if (!(percentile >= 0 && percentile <= 100)) {
      throw new CacheError('invalid', 'percentile must be from 0 to 100', {
        field: 'percentile',
        rule: percentile > 100 ? 'maximum' : 'minimum',
      });
    }
    const { rows } = await this.#store.run(boardAtPercentile, this.#keys, [percentile]);
    return rows[0];
  }

  /** A player with up to `radius` (default 5, at most 100) rows above and below; undefined without a score. */
  async around(playerId: string, radius = 5): Promise<Rows | undefined> {
    const rows = checkInteger('radius', radius, 0, 100);
    return this.#store.run(aroundPlayer, this.#keys, [checkPlayerId(playerId), rows, rows]);
  }

  /** Where up to 1,000 players stand, such as someone's friends, best first; those without a score left out. */
  async among(playerIds: readonly string[]): Promise<Rows> {
    checkInteger('playerIds', playerIds.length, 1, maxPageRows);
    const ids = new Set(playerIds.map((playerId) => checkPlayerId(playerId)));
    return this.#store.run(amongPlayers, this.#keys, [...ids]);
  }
}
