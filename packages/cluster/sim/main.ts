import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { printKillMatrix } from './kill-matrix.ts';
import { mutations } from './mutations.ts';
import { runSeedsInParallel } from './parallel-seeds.ts';
import { replay } from './simulate.ts';
import type { AnyMutation } from './simulate.ts';
import { swimMutations } from './swim-mutations.ts';

const usage = `Simulates voters and their membership under faults, seed after seed, and stops with exit code 1 at the first
broken promise.

  --seeds N      how many seeds to run (default 1000)
  --from N       the first seed (default 1)
  --jobs N       seeds at a time (default: one for each core)
  --mutants      break the protocol in every way on the list, and show which seed and which scenario notices;
                 exit code 1 when one goes unnoticed
  --mutation M   only this one, or "list"
  SEED=N         run this seed alone and print all that happens; with --mutation, with the protocol broken that way

`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    mutants: { type: 'boolean', default: false },
    mutation: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const all: readonly AnyMutation[] = [...mutations, ...swimMutations];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
// A trace is long: `| head` may have seen enough of it.
process.stdout.on('error', () => process.exit(0));

function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) fail(`${name} must be a whole number, not "${text}"`);
  return Number(text);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function chosenMutation(): AnyMutation | null {
  if (values.mutation === undefined) return null;
  const chosen = all.find(({ name }) => name === values.mutation);
  return chosen ?? fail(`--mutation must be list or one of: ${all.map(({ name }) => name).join(', ')}`);
}

async function runSeeds(from: number, seeds: number): Promise<boolean> {
  const startedAt = performance.now();
  const totals = await runSeedsInParallel(from, seeds, wholeNumber(values.jobs, '--jobs'));
  const { broken, faults, acknowledged, leases, configurations } = totals;
  if (broken !== null) {
    print(`VIOLATION by seed ${broken.seed}: ${broken.message}`);
    print(`replay: SEED=${broken.seed} npm run sim`);
    return false;
  }
  const range = `seeds ${from} to ${from + seeds - 1} without a violation`;
  const counts = `${faults} faults, ${acknowledged} acknowledged commands, ${configurations} changes of the group`;
  print(
    `${range} (${counts}, ${leases} looks at a lease; ${((performance.now() - startedAt) / 1000).toFixed(0)} s)`,
  );
  return true;
}

async function main(): Promise<boolean> {
  if (values.mutation === 'list') {
    for (const { name, mistake } of all) print(`${name.padEnd(32)}${mistake}`);
    return true;
  }
  const mutation = chosenMutation();
  const seed = process.env['SEED'];
  if (seed !== undefined && seed !== '') {
    const violation = replay(wholeNumber(seed, 'SEED'), mutation, print);
    print(violation === null ? `seed ${seed}: no promise was broken` : `seed ${seed}: ${violation.message}`);
    return violation === null;
  }
  if (values.mutants || mutation !== null) {
    return printKillMatrix(mutation === null ? all : [mutation], print);
  }
  return runSeeds(wholeNumber(values.from, '--from'), wholeNumber(values.seeds, '--seeds'));
}

if (values.help) print(usage);
else process.exitCode = (await main()) ? 0 : 1;
