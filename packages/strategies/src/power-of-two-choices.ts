import type { Candidates } from './candidates.ts';
import { normalisedActive, TwoChoices } from './two-choices.ts';
import type { PickContext, Strategy } from './strategy.ts';

/**
 * The less loaded of two backends drawn at random (Mitzenmacher 2001, "The Power of Two Choices in Randomized
 * Load Balancing"): nearly as even as looking at all of them, in constant time, and without the herd that
 * forms when many balancers agree on who is least loaded.
 */
export class PowerOfTwoChoices implements Strategy {
  readonly name = 'power-of-two-choices';
  readonly scoreMeaning = 'open connections, scaled to a backend of average weight; compared in random pairs';
  readonly #choices: TwoChoices;

  constructor(candidates: Candidates) {
    this.#choices = new TwoChoices(candidates, (_context, slot) => normalisedActive(candidates, slot));
  }

  pick(context: PickContext): number {
    return this.#choices.pick(context);
  }

  score(context: PickContext, slot: number): number | null {
    return this.#choices.score(context, slot);
  }
}
