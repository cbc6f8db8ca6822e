import type { Candidates } from './candidates.ts';
import { NO_BACKEND, type PickContext } from './strategy.ts';

/** A strategy's way to weigh backends. `find` is written out as one loop: it looks at every candidate. */
export interface Scoring {
  /**
   * The admissible candidate with the lowest score, or NO_BACKEND; of equals the first one met when the
   * candidates are looked through from position `start` on, cyclically.
   */
  find(context: PickContext, start: number): number;
  /** The score `find` goes by. */
  scoreOf(context: PickContext, slot: number): number;
}

/**
 * Picks the candidate with the lowest score. The search starts behind the slot picked last, so equal
 * candidates take turns instead of the first getting everything.
 */
export class LowestScore {
  readonly #candidates: Candidates;
  readonly #scoring: Scoring;
  #next = 0;

  constructor(candidates: Candidates, scoring: Scoring) {
    this.#candidates = candidates;
    this.#scoring = scoring;
  }

  pick(context: PickContext): number {
    this.#candidates.refresh();
    const best = this.#scoring.find(context, this.#candidates.positionFrom(this.#next));
    if (best !== NO_BACKEND) this.#next = best + 1;
    return best;
  }

  score(context: PickContext, slot: number): number | null {
    this.#candidates.refresh();
    return Atomics.load(this.#candidates.table.eligible, slot) === 1
      ? this.#scoring.scoreOf(context, slot)
      : null;
  }
}
