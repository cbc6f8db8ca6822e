import type { Candidates } from './candidates.ts';
import { NO_BACKEND, type PickContext } from './strategy.ts';
import { WeightedDraw } from './weighted-draw.ts';

const MAX_REDRAWS = 3;

/** Open connections as they would be on a backend of average weight. */
export function normalisedActive(candidates: Candidates, slot: number): number {
  const { table, count, totalWeight } = candidates;
  const averageWeight = totalWeight / Math.max(1, count);
  return (Atomics.load(table.active, slot) * averageWeight) / Math.max(1, Atomics.load(table.weight, slot));
}

/**
 * Draws two different candidates by weight and takes the one with the lower score; the first drawn wins a
 * tie, which leaves an idle pool exactly in proportion to its weights.
 */
export class TwoChoices {
  readonly #candidates: Candidates;
  readonly #draw: WeightedDraw;
  readonly #scoreOf: (context: PickContext, slot: number) => number;

  constructor(candidates: Candidates, scoreOf: (context: PickContext, slot: number) => number) {
    this.#candidates = candidates;
    this.#draw = new WeightedDraw(candidates);
    this.#scoreOf = scoreOf;
  }

  pick(context: PickContext): number {
    const first = this.#draw.draw(context);
    if (first === NO_BACKEND || this.#candidates.count === 1) return first;
    let second = this.#draw.draw(context);
    for (let attempt = 0; attempt < MAX_REDRAWS && second === first; attempt += 1) {
      second = this.#draw.draw(context);
    }
    if (second === first || second === NO_BACKEND) return first;
    return this.#scoreOf(context, second) < this.#scoreOf(context, first) ? second : first;
  }

  score(context: PickContext, slot: number): number | null {
    this.#candidates.refresh();
    return Atomics.load(this.#candidates.table.eligible, slot) === 1 ? this.#scoreOf(context, slot) : null;
  }
}
