import type { Candidates } from './candidates.ts';
import { belief } from './freshness.ts';
import type { PickContext, Strategy } from './strategy.ts';
import { normalisedActive, TwoChoices } from './two-choices.ts';

const UNMEASURED_MS = 1;

/**
 * Peak-EWMA (Twitter Finagle, `PeakEwma`): the cheaper of two random backends, where cost is a moving average
 * of latency that rises to a worse sample at once and falls slowly, times the connections it would then
 * have. It leaves a backend that turns slow within one response. Unlike Finagle's, the average is believed
 * less the longer a backend is passed over (see `belief`), so recovery does not depend on luck.
 *
 * A backend without a sample is assumed to answer in 1 ms, so it is tried soon, but a burst before its first
 * answer does not all go to it.
 */
export class PeakEwma implements Strategy {
  readonly name = 'peak-ewma';
  readonly scoreMeaning = 'peak latency in ms x belief x (open connections + 1); compared in random pairs';
  readonly #choices: TwoChoices;

  constructor(candidates: Candidates) {
    const { table } = candidates;
    this.#choices = new TwoChoices(candidates, (context, slot) => {
      const connections = normalisedActive(candidates, slot) + 1;
      const peakMs = table.peakMs(slot) || UNMEASURED_MS;
      return peakMs * belief(table, slot, context.nowMs) * connections;
    });
  }

  pick(context: PickContext): number {
    return this.#choices.pick(context);
  }

  score(context: PickContext, slot: number): number | null {
    return this.#choices.score(context, slot);
  }
}
