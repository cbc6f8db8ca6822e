import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { STRATEGY_NAMES, type StrategyName } from '@hanok/strategies';
import type { Comparison, Contender } from '../harness/compare.ts';
import type { Suite } from '../harness/suite.ts';
import type { PickFigures } from '../strategies/picking.ts';

const BACKENDS = 1_000;
/** Room for some numbers that the engine boxes between functions (16 bytes each), and for no list or closure. */
const MAX_BYTES_PER_PICK = 128;

const script = new URL('../strategies/picking.ts', import.meta.url).pathname;
const run = promisify(execFile);

/** Picks of every strategy beside its plainest form over a list of objects; and that ours allocate nothing. */
export const strategiesSuite: Suite = {
  name: 'strategies',
  async prepare() {
    const comparisons: Comparison[] = [];
    for (const name of STRATEGY_NAMES) {
      const { bytesPerPick } = await measure('ours', name);
      assert.ok(bytesPerPick <= MAX_BYTES_PER_PICK, `${name} allocates ${bytesPerPick} bytes a pick`);
      comparisons.push({
        title: `${name}, ${BACKENDS} backends; ${bytesPerPick.toFixed(0)} bytes allocated a pick`,
        unit: 'picks per CPU-second',
        peer: contender('naive', name),
        ours: contender('ours', name),
      });
    }
    return {
      comparisons,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

function contender(side: 'naive' | 'ours', name: StrategyName): Contender {
  return {
    name: side === 'ours' ? '@hanok/strategies' : 'naive',
    measure: async () => (await measure(side, name)).picksPerCpuSecond,
  };
}

async function measure(side: 'naive' | 'ours', name: StrategyName): Promise<PickFigures> {
  const args = ['--min-semi-space-size=64', '--max-semi-space-size=64', script, side, name, String(BACKENDS)];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as PickFigures;
}
