import { LowestScore } from './lowest-score.ts';
import { NO_BACKEND, type PickContext } from './strategy.ts';

/**
 * The backend with the fewest open connections for its weight (Winston 1977, "Optimality of the Shortest Line
 * Discipline"). The connection about to be placed is counted, so that weights also decide among idle backends; equal
 * ones take turns.
 */
export class LeastConnections extends LowestScore {
  readonly name = 'least-connections';
  readonly scoreMeaning = '(open connections + 1) / weight';

  protected scoreOf(_context: PickContext, slot: number): number {
    const { active, weight } = this.candidates.table;
    return (Atomics.load(active, slot) + 1) / Math.max(1, Atomics.load(weight, slot));
  }

  // Plain reads: a count another thread is just changing may be read a moment old, as with Atomics.
  protected find({ excluded }: PickContext, start: number): number {
    const { count, slots, weights, table } = this.candidates;
    const { active, maxActive } = table;
    let position = start;
    let best = NO_BACKEND;
    let bestScore = Infinity;
    for (let seen = 0; seen < count; seen += 1) {
      const slot = slots[position] ?? 0;
      const connections = active[slot] ?? 0;
      const score = (connections + 1) / (weights[position] ?? 1);
      position = position + 1 === count ? 0 : position + 1;
      if (score >= bestScore || excluded[slot] === 1) continue;
      const limit = maxActive[slot] ?? 0;
      if (limit !== 0 && connections >= limit) continue;
      best = slot;
      bestScore = score;
    }
    return best;
  }
}
