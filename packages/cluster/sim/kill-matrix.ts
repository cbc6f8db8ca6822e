import type { Mutation } from './mutation.ts';
import { readScenarios } from './scenario/scenario-files.ts';
import { runScenario } from './scenario/run-scenario.ts';
import { violationOf } from './simulate.ts';
import type { AnyMutation } from './simulate.ts';

/** Seeds that are tried before a mutation counts as not caught by them. */
export const mutantSeeds = 400;

const nobody = '-';
/** Names of scenarios on a line. */
const shown = 3;

/**
 * Breaks the protocol in each way, and shows which seed notices first, by which checker, and which directed scenarios
 * no longer end as they should.
 *
 * @returns whether each mutation was noticed by something.
 */
export function printKillMatrix(mutations: readonly AnyMutation[], print: (line: string) => void): boolean {
  const row = (name: string, seed: string, scenarios: string): void => {
    print(`${name.padEnd(32)}${seed.padEnd(34)}${scenarios}`);
  };
  row('mutation', `first of ${mutantSeeds} seeds`, 'scenarios');
  const survivors = mutations.filter((mutation) => {
    const seed = firstCaughtBy(mutation);
    const scenarios = mutation.kind === 'raft' ? scenariosThatCatch(mutation) : [];
    row(mutation.name, seed ?? nobody, shortened(scenarios) || nobody);
    return seed === null && scenarios.length === 0;
  });
  print(`${mutations.length - survivors.length} of ${mutations.length} mutations caught`);
  for (const { name, mistake } of survivors) print(`NOT caught: ${name}: ${mistake}`);
  return survivors.length === 0;
}

function shortened(names: readonly string[]): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return names.slice(0, shown).join(' ') + more;
}

function firstCaughtBy(mutation: AnyMutation): string | null {
  for (let seed = 1; seed <= mutantSeeds; seed += 1) {
    const violation = violationOf(seed, mutation);
    if (violation !== null) return `${seed} ${violation.rule}`;
  }
  return null;
}

/** Names of the scenarios that do not end as they should when the protocol is broken in that way. */
export function scenariosThatCatch(mutation: Mutation): string[] {
  const caught = readScenarios().filter((scenario) => runScenario(scenario, mutation).difference !== null);
  return caught.map(({ name }) => name.replace(/\.txt$/, ''));
}
