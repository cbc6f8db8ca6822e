import type { ExplainedBackend, StrategyName } from '@hanok/strategies';

/** A backend as it stood at a decision. */
export interface WeighedBackend extends ExplainedBackend {
  /** Version of the slot, to tell the backend from a later one in the same slot. */
  readonly version: number;
  /** Why it was not eligible, as a code of the table's owner. */
  readonly ineligibility: number;
  readonly active: number;
  /** Averages of its response time; 0 before the first sample. */
  readonly latencyUs: number;
  readonly peakUs: number;
}

/** One placing of a connection, with what was weighed. */
export interface Decision {
  /** Wall-clock time, ms since the epoch. */
  readonly atMs: number;
  readonly source: string;
  readonly strategy: StrategyName;
  /** Pool the client belongs to; empty: the default one. */
  readonly pool: string;
  /** The client's token decided, not the strategy. */
  readonly byToken: boolean;
  /** The slot that was taken; NO_BACKEND when nobody could take it. */
  readonly slot: number;
  /** How many backends had failed this connection before. */
  readonly failedBefore: number;
  /** Scores just before the decision: candidates by rising score, then the others. */
  readonly backends: readonly WeighedBackend[];
}

/** What a worker keeps of its decisions. */
export const DECISION_LIMITS = { kept: 128, perSecond: 20 } as const;

const MS_PER_SECOND = 1_000;

/**
 * The last decisions of one worker, in a ring. A sample under load: weighing every backend for every connection
 * would cost more than the connection, so at most `perSecond` are recorded.
 */
export class DecisionLog {
  readonly #ring: Decision[] = [];
  #next = 0;
  #secondStartedMs = -Infinity;
  #recordedInSecond = 0;

  /** Whether the decision made at this time is one to record; counts it as recorded when it is. */
  isDue(nowMs: number): boolean {
    if (nowMs - this.#secondStartedMs >= MS_PER_SECOND) {
      this.#secondStartedMs = nowMs;
      this.#recordedInSecond = 0;
    }
    this.#recordedInSecond += 1;
    return this.#recordedInSecond <= DECISION_LIMITS.perSecond;
  }

  add(decision: Decision): void {
    this.#ring[this.#next] = decision;
    this.#next = (this.#next + 1) % DECISION_LIMITS.kept;
  }

  /** Newest first. */
  list(): Decision[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].toReversed();
  }
}
