import type { Candidates } from './candidates.ts';
import { NO_BACKEND, type PickContext } from './strategy.ts';
import { WeightedDraw } from './weighted-draw.ts';

const MAX_REDRAWS = 3;

/** A strategy's way to compare two backends. */
export interface PairScoring {
  /**
   * Whether `slot` is wanted more than `other`, by `scoreOf`. Says so without handing over a fraction, which would have
   * to be put on the heap.
   */
  isBetter(context: PickContext, slot: number, other: number): boolean;
  scoreOf(context: PickContext, slot: number): number;
}

/**
 * Draws two different candidates by weight and takes the one with the lower score; the first drawn wins a
 * tie, which leaves an idle pool exactly in proportion to its weights.
 */
export class TwoChoices {
  readonly #candidates: Candidates;
  readonly #draw: WeightedDraw;
  readonly #scoring: PairScoring;

  constructor(candidates: Candidates, scoring: PairScoring) {
    this.#candidates = candidates;
    this.#draw = new WeightedDraw(candidates);
    this.#scoring = scoring;
  }

  pick(context: PickContext): number {
    const first = this.#draw.draw(context);
    if (first === NO_BACKEND || this.#candidates.count === 1) return first;
    let second = this.#draw.draw(context);
    for (let attempt = 0; attempt < MAX_REDRAWS && second === first; attempt += 1) {
      second = this.#draw.draw(context);
    }
    if (second === first || second === NO_BACKEND) return first;
    return this.#scoring.isBetter(context, second, first) ? second : first;
  }

  score(context: PickContext, slot: number): number | null {
    this.#candidates.refresh();
    return Atomics.load(this.#candidates.table.eligible, slot) === 1
      ? this.#scoring.scoreOf(context, slot)
      : null;
  }
}
