import type { Candidates } from './candidates.ts';
import type { Chance } from './chance.ts';

/** Every strategy by the name it has in configuration and in the API. */
export const STRATEGY_NAMES = [
  'round-robin',
  'weighted-round-robin',
  'random',
  'least-connections',
  'weighted-response-time',
  'power-of-two-choices',
  'peak-ewma',
  'maglev',
] as const;

export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** What `pick` returns when no backend can take the connection. */
export const NO_BACKEND = -1;

/** The circumstances of one pick. The caller keeps one object and changes it between picks. */
export interface PickContext {
  /** Monotonic time in whole ms modulo 2^32 (`ms | 0`), from the same clock for every thread that shares the table. */
  nowMs: number;
  /** Hash of the client's address (`hashText`); only Maglev looks at it. */
  sourceHash: number;
  /** By slot: 1 forbids the backend for this pick (it has already failed this connection). */
  readonly excluded: Uint8Array;
  readonly chance: Chance;
}

/** Chooses backends. An instance belongs to one thread; instances over one table share its counts. */
export interface Strategy {
  readonly name: StrategyName;
  /**
   * The slot to use, or NO_BACKEND. Allocates nothing unless the owner of the table published a change. It
   * places nothing: the caller follows with `table.acquire`.
   */
  pick(context: PickContext): number;
  /**
   * How much the strategy wants this candidate now: the lowest score is the most wanted, `null` means it
   * would not be considered. Changes no state, so asking never changes a decision.
   */
  score(context: PickContext, slot: number): number | null;
  /** One sentence on what a score is, for people who read them. */
  readonly scoreMeaning: string;
}

/** An empty context for a table of `capacity` slots. */
export function createPickContext(capacity: number, chance: Chance): PickContext {
  return { nowMs: 0, sourceHash: 0, excluded: new Uint8Array(capacity), chance };
}

/** True when this candidate may take the connection: not excluded, and below its limit. */
export function isAdmissible(candidates: Candidates, context: PickContext, slot: number): boolean {
  return context.excluded[slot] !== 1 && candidates.table.hasRoom(slot);
}

/** The first admissible candidate at or after a position, cyclically; NO_BACKEND when there is none. */
export function firstAdmissible(candidates: Candidates, context: PickContext, position: number): number {
  const { count } = candidates;
  for (let step = 0; step < count; step += 1) {
    const slot = candidates.slotAt((position + step) % count);
    if (isAdmissible(candidates, context, slot)) return slot;
  }
  return NO_BACKEND;
}
