import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { STRATEGY_NAMES, type StrategyName } from '@hanok/strategies';
import type { Comparison, Contender } from '../harness/compare.ts';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import type { Suite } from '../harness/suite.ts';

const BACKENDS = 1_000;
const NS_PER_SECOND = 1e9;
const MAX_PICK_NS = 1_000;
/** Nothing at all, but for what it takes to ask how large the heap is. */
const MAX_BYTES_PER_PICK = 0.5;
const PICK_RUNS = 5;
/** Those that look at a bounded number of backends, however many there are. */
const CONSTANT_TIME: ReadonlySet<StrategyName> = new Set(['round-robin', 'power-of-two-choices', 'maglev']);

const script = new URL('../strategies/picking.ts', import.meta.url).pathname;
const run = promisify(execFile);

/** Picks of every strategy beside its plainest form over a list of objects; how long they take, and that they allocate nothing. */
export const strategiesSuite: Suite = {
  name: 'strategies',
  prepare: () =>
    Promise.resolve({
      comparisons: STRATEGY_NAMES.map((name) => besideNaive(name)),
      figures: STRATEGY_NAMES.flatMap((name) => [pickTime(name), heapGrowth(name)]),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};

function besideNaive(name: StrategyName): Comparison {
  return {
    title: `${name}, ${BACKENDS} backends`,
    unit: 'picks per CPU-second',
    peer: contender('naive', name),
    ours: contender('ours', name),
  };
}

function contender(side: 'naive' | 'ours', name: StrategyName): Contender {
  return {
    name: side === 'ours' ? '@hanok/strategies' : 'naive',
    measure: () => measure(side, name, 'time'),
  };
}

/** With placing the connection and ending an earlier one, which is more than the pick alone. */
function pickTime(name: StrategyName): Figure {
  return {
    title: `${name}, ${BACKENDS} backends: time of a pick, placed and released`,
    unit: 'ns',
    better: 'lower',
    ...(CONSTANT_TIME.has(name) ? { must: MAX_PICK_NS } : {}),
    measure: async () => {
      const times: number[] = [];
      for (let turn = 0; turn < PICK_RUNS; turn += 1) {
        times.push(NS_PER_SECOND / (await measure('ours', name, 'time')));
      }
      const { median, lowest, highest } = spreadOf(times);
      return {
        value: median,
        remark: `median of ${PICK_RUNS}, ${lowest.toFixed(0)} to ${highest.toFixed(0)}`,
      };
    },
  };
}

function heapGrowth(name: StrategyName): Figure {
  return {
    title: `${name}, ${BACKENDS} backends: heap taken by a pick`,
    unit: 'bytes',
    better: 'lower',
    must: MAX_BYTES_PER_PICK,
    measure: async () => ({ value: await measure('ours', name, 'heap'), remark: 'of 100,000 picks' }),
  };
}

async function measure(side: 'naive' | 'ours', name: StrategyName, figure: 'time' | 'heap'): Promise<number> {
  const flags = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
  const { stdout } = await run(process.execPath, [...flags, script, side, name, String(BACKENDS), figure]);
  return Number(stdout);
}
