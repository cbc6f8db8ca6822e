import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createStrategy, STRATEGY_NAMES } from '../src/index.ts';
import { poolOf } from './fixtures/pool.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const PICKS = 50_000;

describe.each(STRATEGY_NAMES)('%s', (name) => {
  it('allocates nothing on a pick', () => {
    const pool = poolOf(
      Array.from({ length: 64 }, (_, slot) => 1 + (slot % 3)),
      1,
    );
    const strategy = createStrategy(name, pool.candidates);
    const run = (): void => {
      for (let turn = 0; turn < PICKS; turn += 1) {
        pool.context.nowMs = turn;
        pool.context.sourceHash = turn;
        pool.table.acquire(strategy.pick(pool.context), turn);
      }
    };
    run();
    run();
    collectGarbage();
    // The least of several runs: the compiler and the test runner allocate now and then, too.
    const grownBytes = Math.min(
      ...Array.from({ length: 5 }, () => {
        const before = process.memoryUsage().heapUsed;
        run();
        return process.memoryUsage().heapUsed - before;
      }),
    );
    expect(grownBytes / PICKS).toBeLessThan(1);
  });
});
