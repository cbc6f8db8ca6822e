import type { Candidates } from './candidates.ts';
import { NO_BACKEND, type PickContext, type Strategy } from './strategy.ts';

/**
 * Smooth weighted round-robin (Igor Sysoev, nginx, 2012): every candidate gains its weight, the richest is
 * picked and pays the sum. Over each period a backend gets exactly its weight's share, and a heavy one is
 * interleaved with the others instead of bursting: weights 5, 1, 1 give a a b a c a a.
 *
 * Each thread keeps its own purse, which keeps every thread's share right and so the whole.
 */
export class SmoothWeightedRoundRobin implements Strategy {
  readonly name = 'weighted-round-robin';
  readonly scoreMeaning = 'minus the credit it would hold at this turn; the richest is picked';
  readonly #candidates: Candidates;
  readonly #credit: Float64Array;
  #revision = 0;

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
    this.#credit = new Float64Array(candidates.table.capacity);
  }

  pick(context: PickContext): number {
    this.#follow();
    const { count, slots, weights, table } = this.#candidates;
    const { active, maxActive } = table; // read plainly: a moment old is as good as with Atomics
    const { excluded } = context;
    const credits = this.#credit;
    let best = NO_BACKEND;
    let bestCredit = -Infinity;
    let total = 0;
    for (let position = 0; position < count; position += 1) {
      const slot = slots[position] ?? 0;
      if (excluded[slot] === 1) continue;
      const limit = maxActive[slot] ?? 0;
      if (limit !== 0 && (active[slot] ?? 0) >= limit) continue;
      const weight = weights[position] ?? 1;
      const credit = (credits[slot] ?? 0) + weight;
      credits[slot] = credit;
      total += weight;
      if (credit > bestCredit) {
        best = slot;
        bestCredit = credit;
      }
    }
    if (best !== NO_BACKEND) credits[best] = bestCredit - total;
    return best;
  }

  score(_context: PickContext, slot: number): number | null {
    this.#follow();
    const position = this.#candidates.positionFrom(slot);
    if (this.#candidates.slotAt(position) !== slot) return null;
    return -((this.#credit[slot] ?? 0) + (this.#candidates.weights[position] ?? 1));
  }

  /** A backend that left and came back starts without old credit or debt. */
  #follow(): void {
    this.#candidates.refresh();
    if (this.#revision === this.#candidates.revision) return;
    this.#revision = this.#candidates.revision;
    const { table } = this.#candidates;
    for (let slot = 0; slot < table.capacity; slot += 1) {
      if (Atomics.load(table.eligible, slot) !== 1) this.#credit[slot] = 0;
    }
  }
}
