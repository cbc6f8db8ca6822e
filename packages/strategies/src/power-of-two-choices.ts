import { TwoChoices } from './two-choices.ts';
import type { PickContext } from './strategy.ts';

/**
 * The less loaded of two backends drawn at random (Mitzenmacher 2001, "The Power of Two Choices in Randomized
 * Load Balancing"): nearly as even as looking at all of them, in constant time, and without the herd that
 * forms when many balancers agree on who is least loaded.
 */
export class PowerOfTwoChoices extends TwoChoices {
  readonly name = 'power-of-two-choices';
  readonly scoreMeaning = 'open connections, scaled to a backend of average weight; compared in random pairs';

  protected scoreOf(_context: PickContext, slot: number): number {
    const { table, count, totalWeight } = this.candidates;
    const averageWeight = totalWeight / Math.max(1, count);
    return (Atomics.load(table.active, slot) * averageWeight) / Math.max(1, Atomics.load(table.weight, slot));
  }

  protected isBetter(_context: PickContext, slot: number, other: number): boolean {
    const { active, weight } = this.candidates.table;
    return (
      Atomics.load(active, slot) * Atomics.load(weight, other) <
      Atomics.load(active, other) * Atomics.load(weight, slot)
    );
  }
}
