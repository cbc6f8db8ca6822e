import type { Candidates } from './candidates.ts';
import { LowestScore } from './lowest-score.ts';
import type { PickContext, Strategy } from './strategy.ts';

/**
 * The backend with the fewest open connections for its weight. The connection about to be placed is counted,
 * so that weights also decide among idle backends; equal ones take turns.
 */
export class LeastConnections implements Strategy {
  readonly name = 'least-connections';
  readonly scoreMeaning = '(open connections + 1) / weight';
  readonly #lowest: LowestScore;

  constructor(candidates: Candidates) {
    const { active, weight } = candidates.table;
    this.#lowest = new LowestScore(
      candidates,
      (_context, slot) => (Atomics.load(active, slot) + 1) / Math.max(1, Atomics.load(weight, slot)),
    );
  }

  pick(context: PickContext): number {
    return this.#lowest.pick(context);
  }

  score(context: PickContext, slot: number): number | null {
    return this.#lowest.score(context, slot);
  }
}
