import { checkInteger, checkPlayerId } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import {
  amongPlayers,
  aroundPlayer,
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
  async rank(playerId: string): Promise<(Row & { readonly total: number }) | undefined> {
    const found = await this.#store.run(aroundPlayer, this.#keys, [checkPlayerId(playerId), 0, 0]);
    const row = found?.rows[0];
    return found === undefined || row === undefined ? undefined : { ...row, total: found.total };
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
