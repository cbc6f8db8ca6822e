import type { Kind } from '../memory/keyspace.ts';
import { CacheError } from '../errors.ts';
import { RankedList, type Ranked } from './ranked-list.ts';

/** Which end is the top: `descending` means the highest score leads. */
export type BoardOrder = 'descending' | 'ascending';

/** What a further score of the same player does: keep the better one, replace, or add. */
export type BoardOperator = 'best' | 'last' | 'sum';

/** One submitted score. */
export interface Submission {
  readonly playerId: string;
  readonly score: number;
}

/** A board in memory. */
export class Board {
  order: BoardOrder = 'descending';
  operator: BoardOperator = 'best';
  readonly ranked = new RankedList();
  readonly #entries = new Map<string, Ranked>();
  #sequence = 0;

  get length(): number {
    return this.#entries.size;
  }

  entryOf(playerId: string): Ranked | undefined {
    return this.#entries.get(playerId);
  }

  scoreOf(entry: Ranked): number {
    return this.order === 'descending' ? 0 - entry.key : entry.key;
  }

  /**
   * Applies the submissions in order, all or none.
   *
   * @throws CacheError `out_of_range` when a sum leaves ±(2^53 - 1).
   */
  submit(submissions: readonly Submission[]): boolean[] {
    const scores = new Map<string, number>();
    const planned = submissions.map(({ playerId, score }) => {
      const entry = this.#entries.get(playerId);
      const held = scores.get(playerId) ?? (entry === undefined ? undefined : this.scoreOf(entry));
      const next = this.#combine(held, score);
      if (!Number.isSafeInteger(next)) throw new CacheError('out_of_range', 'the sum leaves ±(2^53 - 1)');
      scores.set(playerId, next);
      return { playerId, next, changed: next !== held };
    });
    for (const { playerId, next, changed } of planned) if (changed) this.#place(playerId, next);
    return planned.map(({ changed }) => changed);
  }

  remove(playerId: string): boolean {
    const entry = this.#entries.get(playerId);
    if (entry === undefined) return false;
    this.#entries.delete(playerId);
    this.ranked.remove(entry);
    return true;
  }

  /** Puts back what {@link frozen} gave. */
  restore(entries: readonly Ranked[]): void {
    for (const entry of entries) {
      this.#entries.set(entry.playerId, entry);
      this.ranked.insert(entry);
      this.#sequence = Math.max(this.#sequence, entry.sequence);
    }
  }

  #combine(held: number | undefined, score: number): number {
    if (held === undefined || this.operator === 'last') return score;
    if (this.operator === 'sum') return held + score;
    return this.order === 'descending' ? Math.max(held, score) : Math.min(held, score);
  }

  #place(playerId: string, score: number): void {
    this.remove(playerId);
    this.#sequence += 1;
    const entry = {
      key: this.order === 'descending' ? 0 - score : score,
      sequence: this.#sequence,
      playerId,
    };
    this.#entries.set(playerId, entry);
    this.ranked.insert(entry);
  }
}

interface FrozenBoard {
  readonly order: BoardOrder;
  readonly operator: BoardOperator;
  readonly entries: readonly (readonly [number, number, string])[];
}

export const boardKind: Kind<Board> = {
  name: 'board',
  sizeBytes: (board) => board.length * 140,
  freeze: (board): FrozenBoard => ({
    order: board.order,
    operator: board.operator,
    entries: board.ranked
      .slice(0, board.length)
      .map(({ key, sequence, playerId }) => [key, sequence, playerId]),
  }),
  thaw(frozen) {
    const { order, operator, entries } = frozen as FrozenBoard;
    const board = new Board();
    board.order = order;
    board.operator = operator;
    board.restore(entries.map(([key, sequence, playerId]) => ({ key, sequence, playerId })));
    return board;
  },
};
