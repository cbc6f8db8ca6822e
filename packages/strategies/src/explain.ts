import { isAdmissible, type PickContext, type Strategy } from './strategy.ts';
import type { Candidates } from './candidates.ts';

/** Why a backend is, or is not, in the running for a connection. */
export type Standing = 'candidate' | 'not-eligible' | 'excluded' | 'full';

export interface ExplainedBackend {
  readonly slot: number;
  readonly standing: Standing;
  /** Lowest is most wanted; null unless the backend is a candidate. */
  readonly score: number | null;
}

/** How a strategy sees every backend at this moment. */
export interface Explanation {
  readonly strategy: Strategy['name'];
  readonly scoreMeaning: string;
  /** All members of the table: candidates by rising score, then the others. */
  readonly backends: readonly ExplainedBackend[];
}

/** Explains what `strategy` would weigh for `context`, without picking and so without changing any turn. */
export function explain(strategy: Strategy, candidates: Candidates, context: PickContext): Explanation {
  const { table } = candidates;
  const backends: ExplainedBackend[] = [];
  for (let slot = 0; slot < table.capacity; slot += 1) {
    if (Atomics.load(table.member, slot) !== 1) continue;
    const standing = standingOf(candidates, context, slot);
    backends.push({ slot, standing, score: standing === 'candidate' ? strategy.score(context, slot) : null });
  }
  backends.sort((a, b) => (a.score ?? Infinity) - (b.score ?? Infinity) || a.slot - b.slot);
  return { strategy: strategy.name, scoreMeaning: strategy.scoreMeaning, backends };
}

function standingOf(candidates: Candidates, context: PickContext, slot: number): Standing {
  if (Atomics.load(candidates.table.eligible, slot) !== 1) return 'not-eligible';
  if (isAdmissible(candidates, context, slot)) return 'candidate';
  return context.excluded[slot] === 1 ? 'excluded' : 'full';
}
