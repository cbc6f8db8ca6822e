import { belief, FULL_BELIEF } from './freshness.ts';
import type { PickContext } from './strategy.ts';
import { TwoChoices } from './two-choices.ts';

const UNMEASURED_US = 1_000;
const BELIEVED_US_PER_MS = 1_000 * FULL_BELIEF;

/**
 * Peak-EWMA (Twitter Finagle, `PeakEwma`): the cheaper of two random backends, where cost is a moving average
 * of latency that rises to a worse sample at once and falls slowly, times the connections it would then
 * have. It leaves a backend that turns slow within one response. Unlike Finagle's, the average is believed
 * less the longer a backend is passed over (see `belief`), so recovery does not depend on luck.
 *
 * A backend without a sample is assumed to answer in 1 ms, so it is tried soon, but a burst before its first
 * answer does not all go to it.
 */
export class PeakEwma extends TwoChoices {
  readonly name = 'peak-ewma';
  readonly scoreMeaning = 'peak latency in ms x belief x (open connections + 1); compared in random pairs';
  /** The costs of the two that are compared. */
  readonly #costs = new Float64Array(2);

  protected scoreOf(context: PickContext, slot: number): number {
    this.#weigh(context, slot, 0);
    return this.#costs[0] ?? 0;
  }

  protected isBetter(context: PickContext, slot: number, other: number): boolean {
    this.#weigh(context, slot, 0);
    this.#weigh(context, other, 1);
    return (this.#costs[0] ?? 0) < (this.#costs[1] ?? 0);
  }

  #weigh(context: PickContext, slot: number, index: number): void {
    const { table, count, totalWeight } = this.candidates;
    const peakUs = Atomics.load(table.peakUs, slot) || UNMEASURED_US;
    const believedMs = (peakUs * belief(table, slot, context.nowMs)) / BELIEVED_US_PER_MS;
    // All in one function: a fraction that is handed over is put on the heap.
    const share = (Math.max(1, Atomics.load(table.weight, slot)) * count) / totalWeight;
    this.#costs[index] = believedMs * (Atomics.load(table.active, slot) / share + 1);
  }
}
