import type { BoardOperator, BoardOrder, Row, Submission } from '../../src/index.ts';

/** A board as one would write it down on paper: the model that every engine is held against. */
export class NaiveBoard {
  readonly #order: BoardOrder;
  readonly #operator: BoardOperator;
  #moves = 0;
  #players: { playerId: string; score: number; moved: number }[] = [];

  constructor(order: BoardOrder, operator: BoardOperator) {
    this.#order = order;
    this.#operator = operator;
  }

  submit({ playerId, score }: Submission): void {
    const held = this.#players.find((player) => player.playerId === playerId);
    this.#moves += 1;
    if (held === undefined) this.#players.push({ playerId, score, moved: this.#moves });
    else {
      const next = this.#combine(held.score, score);
      if (next === held.score) return;
      held.score = next;
      held.moved = this.#moves;
    }
  }

  remove(playerId: string): boolean {
    const before = this.#players.length;
    this.#players = this.#players.filter((player) => player.playerId !== playerId);
    return this.#players.length < before;
  }

  rows(): Row[] {
    const sign = this.#order === 'descending' ? -1 : 1;
    return this.#players
      .toSorted((a, b) => sign * (a.score - b.score) || a.moved - b.moved)
      .map(({ playerId, score }, i) => ({ playerId, score, rank: i + 1 }));
  }

  #combine(held: number, score: number): number {
    if (this.#operator === 'last') return score;
    if (this.#operator === 'sum') return held + score;
    return this.#order === 'descending' ? Math.max(held, score) : Math.min(held, score);
  }
}
