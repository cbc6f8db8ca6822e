import type { Mutation, SwimMutation } from './mutation.ts';
import { simulateRaft } from './raft-simulation.ts';
import { simulateSwim } from './swim-simulation.ts';
import type { Violation } from './violation.ts';

export type AnyMutation = Mutation | SwimMutation;

/** What a number of seeds came to. */
export interface SeedTotals {
  readonly seeds: number;
  readonly faults: number;
  readonly leases: number;
  readonly acknowledged: number;
  readonly configurations: number;
  /** The first seed that broke a promise; no seed after it was run. */
  readonly broken: { readonly seed: number; readonly message: string } | null;
}

export const noSeeds: SeedTotals = {
  seeds: 0,
  faults: 0,
  leases: 0,
  acknowledged: 0,
  configurations: 0,
  broken: null,
};

export function addTotals(one: SeedTotals, other: SeedTotals): SeedTotals {
  return {
    seeds: one.seeds + other.seeds,
    faults: one.faults + other.faults,
    leases: one.leases + other.leases,
    acknowledged: one.acknowledged + other.acknowledged,
    configurations: one.configurations + other.configurations,
    broken: one.broken ?? other.broken,
  };
}

/** Runs seeds one after another: each a group of voters and a membership under faults. Stops at a broken promise. */
export function runSeeds(from: number, count: number): SeedTotals {
  let totals = noSeeds;
  for (let seed = from; seed < from + count && totals.broken === null; seed += 1) {
    const raft = simulateRaft({ seed });
    const swim = simulateSwim({ seed });
    const violation = raft.violation ?? swim.violation;
    totals = addTotals(totals, {
      seeds: 1,
      faults: raft.faults + swim.faults,
      leases: raft.leases,
      acknowledged: raft.acknowledged,
      configurations: raft.configurations,
      broken: violation === null ? null : { seed, message: violation.message },
    });
  }
  return totals;
}

/** Runs one seed with the protocol broken. @returns the promise that it was seen to break, or null. */
export function violationOf(seed: number, mutation: AnyMutation): Violation | null {
  const run = mutation.kind === 'raft' ? simulateRaft({ seed, mutation }) : simulateSwim({ seed, mutation });
  return run.violation;
}

/** Runs one seed and tells all that happens, line by line. */
export function replay(
  seed: number,
  mutation: AnyMutation | null,
  trace: (line: string) => void,
): Violation | null {
  let violation: Violation | null = null;
  if (mutation?.kind !== 'swim') {
    trace('--- the voters');
    violation = simulateRaft({ seed, mutation, trace }).violation;
  }
  if (mutation?.kind !== 'raft') {
    trace('--- the membership');
    violation ??= simulateSwim({ seed, mutation, trace }).violation;
  }
  return violation;
}
