import type { Candidates } from './candidates.ts';
import { NO_BACKEND, type PickContext, type Strategy, type StrategyName } from './strategy.ts';
import { WeightedDraw } from './weighted-draw.ts';

const MAX_REDRAWS = 3;

/**
 * Draws two different candidates by weight and takes the one with the lower score; the first drawn wins a
 * tie, which leaves an idle pool exactly in proportion to its weights.
 */
export abstract class TwoChoices implements Strategy {
  abstract readonly name: StrategyName;
  abstract readonly scoreMeaning: string;
  protected readonly candidates: Candidates;
  readonly #draw: WeightedDraw;

  constructor(candidates: Candidates) {
    this.candidates = candidates;
    this.#draw = new WeightedDraw(candidates);
  }

  pick(context: PickContext): number {
    const first = this.#draw.draw(context);
    if (first === NO_BACKEND || this.candidates.count === 1) return first;
    let second = this.#draw.draw(context);
    for (let attempt = 0; attempt < MAX_REDRAWS && second === first; attempt += 1) {
      second = this.#draw.draw(context);
    }
    if (second === first || second === NO_BACKEND) return first;
    return this.isBetter(context, second, first) ? second : first;
  }

  score(context: PickContext, slot: number): number | null {
    this.candidates.refresh();
    return Atomics.load(this.candidates.table.eligible, slot) === 1 ? this.scoreOf(context, slot) : null;
  }

  /**
   * Whether `slot` has a lower score than `other`. Says so without handing over a fraction, which would have to be put
   * on the heap.
   */
  protected abstract isBetter(context: PickContext, slot: number, other: number): boolean;

  protected abstract scoreOf(context: PickContext, slot: number): number;
}
