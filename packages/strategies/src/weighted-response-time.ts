import { belief, beliefAfter, elapsed, FULL_BELIEF } from './freshness.ts';
import { LowestScore } from './lowest-score.ts';
import { NO_BACKEND, type PickContext } from './strategy.ts';

/** What an open connection costs in the score, in ms: the chapter's constant. */
export const CONNECTION_COST_MS = 10;

const BELIEVED_US_PER_MS = 1_000 * FULL_BELIEF;

/**
 * The chapter's score: average response time + 10 ms for each open connection, lowest first. Two additions
 * make it sound. The average counts less the longer a backend was passed over (see `belief`), so that a bad
 * start is not for ever. And the connection about to be placed is counted and the sum divided by the weight,
 * which at equal weights leaves the chapter's order as it is.
 */
export class WeightedResponseTime extends LowestScore {
  readonly name = 'weighted-response-time';
  readonly scoreMeaning = '(average response time in ms x belief + 10 x (open connections + 1)) / weight';

  protected scoreOf(context: PickContext, slot: number): number {
    const { table } = this.candidates;
    const costMs = (table.latencyMs(slot) * belief(table, slot, context.nowMs)) / FULL_BELIEF;
    const connections = Atomics.load(table.active, slot) + 1;
    return (costMs + CONNECTION_COST_MS * connections) / Math.max(1, Atomics.load(table.weight, slot));
  }

  // Plain reads: a figure another thread is just changing may be read a moment old, as with Atomics.
  protected find({ excluded, nowMs }: PickContext, start: number): number {
    const { count, slots, weights, table } = this.candidates;
    const { active, maxActive, latencyUs, pickedTurn, pickedAtMs, turn, totalWeight } = table;
    let position = start;
    let best = NO_BACKEND;
    let bestScore = Infinity;
    for (let seen = 0; seen < count; seen += 1) {
      const slot = slots[position] ?? 0;
      const weight = weights[position] ?? 1;
      position = position + 1 === count ? 0 : position + 1;
      const connections = active[slot] ?? 0;
      const connectionsMs = CONNECTION_COST_MS * (connections + 1);
      // Its connections alone put it behind the best so far: no need to ask how far its average is believed.
      if (connectionsMs / weight >= bestScore || excluded[slot] === 1) continue;
      const limit = maxActive[slot] ?? 0;
      if (limit !== 0 && connections >= limit) continue;
      const turns = elapsed(turn, pickedTurn[slot] ?? 0);
      const believed = beliefAfter(turns, weight, totalWeight, elapsed(nowMs, pickedAtMs[slot] ?? 0));
      const score = (((latencyUs[slot] ?? 0) * believed) / BELIEVED_US_PER_MS + connectionsMs) / weight;
      if (score >= bestScore) continue;
      best = slot;
      bestScore = score;
    }
    return best;
  }
}
