import type { Candidates } from './candidates.ts';
import { belief } from './freshness.ts';
import { LowestScore } from './lowest-score.ts';
import type { PickContext, Strategy } from './strategy.ts';

/** What an open connection costs in the score, in ms: the chapter's constant. */
export const CONNECTION_COST_MS = 10;

/**
 * The chapter's score: average response time + 10 ms for each open connection, lowest first. Two additions
 * make it sound. The average counts less the longer a backend was passed over (see `belief`), so that a bad
 * start is not for ever. And the connection about to be placed is counted and the sum divided by the weight,
 * which at equal weights leaves the chapter's order as it is.
 */
export class WeightedResponseTime implements Strategy {
  readonly name = 'weighted-response-time';
  readonly scoreMeaning = '(average response time in ms x belief + 10 x (open connections + 1)) / weight';
  readonly #lowest: LowestScore;

  constructor(candidates: Candidates) {
    const { table } = candidates;
    this.#lowest = new LowestScore(candidates, (context, slot) => {
      const costMs = table.latencyMs(slot) * belief(table, slot, context.nowMs);
      const connections = Atomics.load(table.active, slot) + 1;
      return (costMs + CONNECTION_COST_MS * connections) / Math.max(1, Atomics.load(table.weight, slot));
    });
  }

  pick(context: PickContext): number {
    return this.#lowest.pick(context);
  }

  score(context: PickContext, slot: number): number | null {
    return this.#lowest.score(context, slot);
  }
}
