import type { Candidates } from './candidates.ts';
import type { PickContext, Strategy } from './strategy.ts';
import { WeightedDraw } from './weighted-draw.ts';

/** A candidate at random, in proportion to its weight. Needs no state, so it has nothing to be skewed. */
export class WeightedRandom implements Strategy {
  readonly name = 'random';
  readonly scoreMeaning = 'one divided by its chance of being drawn';
  readonly #candidates: Candidates;
  readonly #draw: WeightedDraw;

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
    this.#draw = new WeightedDraw(candidates);
  }

  pick(context: PickContext): number {
    return this.#draw.draw(context);
  }

  score(_context: PickContext, slot: number): number | null {
    this.#candidates.refresh();
    const position = this.#candidates.positionFrom(slot);
    if (this.#candidates.slotAt(position) !== slot) return null;
    return this.#candidates.totalWeight / (this.#candidates.weights[position] ?? 1);
  }
}
