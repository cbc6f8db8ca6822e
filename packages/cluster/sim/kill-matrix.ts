import { violationOf } from './simulate.ts';
import type { AnyMutation } from './simulate.ts';

/** Seeds that are tried before a mutation counts as not caught by them. */
export const mutantSeeds = 400;

/** Shows for each mutation which seed catches it first. @returns whether each was caught. */
export function printKillMatrix(mutations: readonly AnyMutation[], print: (line: string) => void): boolean {
  let survivors = 0;
  for (const mutation of mutations) {
    const caught = firstCaughtBy(mutation);
    if (caught === null) survivors += 1;
    print(`${mutation.name.padEnd(32)}${caught ?? 'NOT caught'}`);
  }
  return survivors === 0;
}

function firstCaughtBy(mutation: AnyMutation): string | null {
  for (let seed = 1; seed <= mutantSeeds; seed += 1) {
    const violation = violationOf(seed, mutation);
    if (violation !== null) return `seed ${seed} (${violation.rule})`;
  }
  return null;
}
