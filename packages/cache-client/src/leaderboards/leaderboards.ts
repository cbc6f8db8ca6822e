import { CacheError } from '../errors.ts';
import { checkInteger, checkName, checkPlayerId, taggedKey } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import {
  clearBoard,
  defineBoard,
  removeFromBoard,
  submitScores,
  type Placement,
  type Row,
  type Rows,
} from './board-operations.ts';
import { BoardReader, type BoardKeys, type Standing } from './board-reader.ts';
import type { BoardOperator, BoardOrder, Submission } from './board.ts';

/** How a board orders and combines scores. */
export interface BoardDefinition {
  /** Default `descending`: the highest score leads. */
  readonly order?: BoardOrder;
  /** Default `best`: a further score counts only when it is better. */
  readonly operator?: BoardOperator;
}

/** Most submissions in one batch. */
export const maxBatchSubmissions = 1_000;

/**
 * Leaderboards by name. Players with the same score are ordered by who reached it first. Scores are integers
 * within ±(2^53 - 1); ranks begin with 1. Every call is one round trip, and atomic.
 */
export class Leaderboards {
  readonly #store: CacheStore;

  constructor(store: CacheStore) {
    this.#store = store;
  }

  /**
   * Fixes how a board works; a board nobody defined is `descending` and `best`.
   *
   * @throws CacheError `conflict` when it has scores under another definition.
   */
  async define(name: string, { order = 'descending', operator = 'best' }: BoardDefinition): Promise<void> {
    if (!(await this.#store.run(defineBoard, keysOf(name), [order, operator]))) {
      throw new CacheError(
        'conflict',
        `the board ${name} has scores under another definition; delete it first`,
      );
    }
  }

  /** The board's definition and how many players are on it. */
  describe(name: string): Promise<{ order: BoardOrder; operator: BoardOperator; total: number }> {
    return this.board(name).describe();
  }

  /**
   * Submits a score and resolves to where the player now stands.
   *
   * @throws CacheError `out_of_range` when a sum leaves ±(2^53 - 1).
   */
  async submit(name: string, playerId: string, score: number): Promise<Row & { readonly changed: boolean }> {
    const [placement] = await this.submitMany(name, [{ playerId, score }]);
    if (placement === undefined) throw new CacheError('protocol', 'the cache answered no placement');
    return { playerId, ...placement };
  }

  /** Submits up to 1,000 scores in order, all or none; ranks are those after the last. */
  async submitMany(name: string, submissions: readonly Submission[]): Promise<readonly Placement[]> {
    checkInteger('submissions', submissions.length, 1, maxBatchSubmissions);
    const args = submissions.flatMap(({ playerId, score }) => [
      checkPlayerId(playerId),
      checkInteger('score', score),
    ]);
    return this.#store.run(submitScores, keysOf(name), args);
  }

  /** The best `count` players, default 10, at most 1,000. */
  async top(name: string, count = 10): Promise<readonly Row[]> {
    return (await this.page(name, { limit: count })).rows;
  }

  /** Rows from the 1-based rank `fromRank` on, and how many players there are in all. */
  async page(name: string, from: { fromRank?: number; limit?: number } = {}): Promise<Rows> {
    return this.board(name).page(from);
  }

  /** Where a player stands, or undefined without a score. */
  async rank(name: string, playerId: string): Promise<Standing | undefined> {
    return this.board(name).rank(playerId);
  }

  /** What it takes to rank above `percentile` percent (0 to 100) of the others; undefined on an empty board. */
  async atPercentile(name: string, percentile: number): Promise<Row | undefined> {
    return this.board(name).atPercentile(percentile);
  }

  /** A player with up to `radius` (default 5, at most 100) rows above and below; undefined without a score. */
  async around(name: string, playerId: string, radius = 5): Promise<Rows | undefined> {
    return this.board(name).around(playerId, radius);
  }

  /** Where up to 1,000 players stand, such as someone's friends, best first; those without a score left out. */
  async among(name: string, playerIds: readonly string[]): Promise<Rows> {
    return this.board(name).among(playerIds);
  }

  /** Takes a player off a board. True when there was a score. */
  async remove(name: string, playerId: string): Promise<boolean> {
    return this.#store.run(removeFromBoard, keysOf(name), [checkPlayerId(playerId)]);
  }

  /** Deletes a board with its scores and its definition. True when there was one. */
  async clear(name: string): Promise<boolean> {
    return this.#store.run(clearBoard, keysOf(name), []);
  }

  /** One board for its readers. */
  board(name: string): BoardReader {
    return new BoardReader(this.#store, keysOf(name));
  }
}

/** The keys of a board, or of a past season of it. @throws CacheError `invalid` */
export function keysOf(name: string, season?: string): BoardKeys {
  checkName('name', name);
  const board = season === undefined ? '' : `season:${season}:`;
  return [
    taggedKey('leaderboard', name, `${board}ranking`),
    taggedKey('leaderboard', name, `${board}places`),
    taggedKey('leaderboard', name, `${board}board`),
  ];
}
