import type { Candidates } from './candidates.ts';
import { firstAdmissible, NO_BACKEND, type PickContext, type Strategy } from './strategy.ts';

const MAX_SWAP_ATTEMPTS = 4;

/**
 * Each candidate in turn, which is fair (Nagle 1985, RFC 970). The turn is kept as a slot, shared by all threads, not
 * as a count modulo the number of candidates: a backend that leaves or returns therefore does not make the others
 * skip or repeat a turn.
 */
export class RoundRobin implements Strategy {
  readonly name = 'round-robin';
  readonly scoreMeaning = 'places in the queue before its turn';
  readonly #candidates: Candidates;

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
  }

  pick(context: PickContext): number {
    const candidates = this.#candidates;
    candidates.refresh();
    let slot = NO_BACKEND;
    for (let attempt = 0; attempt < MAX_SWAP_ATTEMPTS; attempt += 1) {
      const cursor = candidates.table.cursor;
      slot = firstAdmissible(candidates, context, candidates.positionFrom(cursor));
      if (slot === NO_BACKEND || candidates.table.moveCursor(cursor, slot + 1)) return slot;
    }
    return slot; // other threads kept moving the turn; repeating one is better than spinning
  }

  score(_context: PickContext, slot: number): number | null {
    const candidates = this.#candidates;
    candidates.refresh();
    const start = candidates.positionFrom(candidates.table.cursor);
    const position = candidates.positionFrom(slot);
    if (candidates.slotAt(position) !== slot || candidates.count === 0) return null;
    return (position - start + candidates.count) % candidates.count;
  }
}
