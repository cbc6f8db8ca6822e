import type { Candidates } from './candidates.ts';
import { NO_BACKEND, type PickContext, type Strategy, type StrategyName } from './strategy.ts';

/**
 * Picks the candidate with the lowest score. The search starts behind the slot picked last, so equal
 * candidates take turns instead of the first getting everything.
 */
export abstract class LowestScore implements Strategy {
  abstract readonly name: StrategyName;
  abstract readonly scoreMeaning: string;
  protected readonly candidates: Candidates;
  #next = 0;

  constructor(candidates: Candidates) {
    this.candidates = candidates;
  }

  pick(context: PickContext): number {
    this.candidates.refresh();
    const best = this.find(context, this.candidates.positionFrom(this.#next));
    if (best !== NO_BACKEND) this.#next = best + 1;
    return best;
  }

  score(context: PickContext, slot: number): number | null {
    this.candidates.refresh();
    return Atomics.load(this.candidates.table.eligible, slot) === 1 ? this.scoreOf(context, slot) : null;
  }

  /**
   * The admissible candidate with the lowest score, or NO_BACKEND; of equals the first one met when the
   * candidates are looked through from position `start` on, cyclically. Written out as one loop by each strategy, as it
   * looks at every candidate.
   */
  protected abstract find(context: PickContext, start: number): number;

  /** The score `find` goes by. */
  protected abstract scoreOf(context: PickContext, slot: number): number;
}
