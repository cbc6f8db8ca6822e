import { parseArgs } from 'node:util';
import { mutations } from './mutations.ts';
import { simulateRaft } from './raft-simulation.ts';

const usage = `Simulates a Raft group under faults, seed after seed, and stops with exit code 1 at the first broken promise.

  --seeds N      how many seeds to run (default 1000)
  --from N       the first seed (default 1)
  --mutation M   break the protocol in this way, to see the checkers notice ("list" lists them, "all" runs each)
  SEED=N         run this seed alone and print all that happens

`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    mutation: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) fail(`${name} must be a whole number, not "${text}"`);
  return Number(text);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function replay(seed: number): boolean {
  const mutation = mutations.find(({ name }) => name === values.mutation) ?? null;
  const { violation } = simulateRaft({ seed, mutation, trace: print });
  print(violation === null ? `seed ${seed}: no promise was broken` : `seed ${seed}: ${violation.message}`);
  return violation === null;
}

/** Runs the seeds; with a mutation, the first violation is what is wanted. */
function runSeeds(from: number, seeds: number, mutationName: string | null): boolean {
  const mutation = mutations.find(({ name }) => name === mutationName) ?? null;
  let leases = 0;
  let acknowledged = 0;
  let faults = 0;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const result = simulateRaft({ seed, mutation });
    if (result.violation !== null) {
      const label = mutation === null ? 'VIOLATION' : `${mutation.name} caught`;
      print(`${label} by seed ${seed}: ${result.violation.message}`);
      if (mutation === null) print(`replay: SEED=${seed} npm run sim`);
      return mutation !== null;
    }
    leases += result.leases;
    acknowledged += result.acknowledged;
    faults += result.faults;
  }
  const counts = `${faults} faults, ${acknowledged} acknowledged commands, ${leases} looks at a lease`;
  print(mutation === null ? `${seeds} seeds without a violation (${counts})` : `${mutation.name} NOT caught`);
  return mutation === null;
}

function main(): boolean {
  const seed = process.env['SEED'];
  if (seed !== undefined && seed !== '') return replay(wholeNumber(seed, 'SEED'));
  const from = wholeNumber(values.from, '--from');
  const seeds = wholeNumber(values.seeds, '--seeds');
  if (values.mutation === undefined) return runSeeds(from, seeds, null);
  if (values.mutation === 'list') {
    for (const { name, mistake } of mutations) print(`${name.padEnd(28)}${mistake}`);
    return true;
  }
  if (values.mutation === 'all')
    return mutations.map(({ name }) => runSeeds(from, seeds, name)).every(Boolean);
  if (!mutations.some(({ name }) => name === values.mutation)) {
    process.stderr.write(
      `--mutation must be list, all or one of: ${mutations.map(({ name }) => name).join(', ')}\n`,
    );
    process.exit(2);
  }
  return runSeeds(from, seeds, values.mutation);
}

if (values.help) print(usage);
else process.exitCode = main() ? 0 : 1;
