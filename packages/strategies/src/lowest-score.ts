import type { Candidates } from './candidates.ts';
import { isAdmissible, NO_BACKEND, type PickContext } from './strategy.ts';

/**
 * Finds the admissible candidate with the lowest score. The search starts behind the slot picked last, and
 * only a strictly lower score wins, so equal candidates take turns instead of the first getting everything.
 */
export class LowestScore {
  readonly #candidates: Candidates;
  readonly #scoreOf: (context: PickContext, slot: number) => number;
  #next = 0;

  constructor(candidates: Candidates, scoreOf: (context: PickContext, slot: number) => number) {
    this.#candidates = candidates;
    this.#scoreOf = scoreOf;
  }

  pick(context: PickContext): number {
    const candidates = this.#candidates;
    candidates.refresh();
    const { count } = candidates;
    let position = candidates.positionFrom(this.#next);
    let best = NO_BACKEND;
    let bestScore = Infinity;
    for (let seen = 0; seen < count; seen += 1) {
      const slot = candidates.slotAt(position);
      position = position + 1 === count ? 0 : position + 1;
      if (!isAdmissible(candidates, context, slot)) continue;
      const score = this.#scoreOf(context, slot);
      if (score < bestScore) {
        best = slot;
        bestScore = score;
      }
    }
    if (best !== NO_BACKEND) this.#next = best + 1;
    return best;
  }

  score(context: PickContext, slot: number): number | null {
    this.#candidates.refresh();
    return Atomics.load(this.#candidates.table.eligible, slot) === 1 ? this.#scoreOf(context, slot) : null;
  }
}
