import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANCES, createStrategy } from '../src/index.ts';
import { poolOf, tally } from './fixtures/pool.ts';

describe('random', () => {
  it('draws in exact proportion to the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 }), (weights) => {
        const draws = 24_000;
        const pool = poolOf(weights);
        let index = 0;
        // Evenly spaced instead of random numbers turn the draw into an exact measure of its proportions.
        const context = {
          ...pool.context,
          chance: { bits: () => Math.trunc(((index++ + 0.5) / draws) * CHANCES) },
        };
        const strategy = createStrategy('random', pool.candidates);
        const counts = tally(
          Array.from({ length: draws }, () => strategy.pick(context)),
          weights.length,
        );
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        counts.forEach((count, slot) => {
          expect(Math.abs(count - (draws * (weights[slot] ?? 0)) / total)).toBeLessThanOrEqual(
            3 * weights.length,
          );
        });
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the proportions of the rest when some are excluded', () => {
    const pool = poolOf([1, 96, 1, 2]);
    pool.context.excluded[1] = 1;
    const strategy = createStrategy('random', pool.candidates);
    const counts = tally(
      Array.from({ length: 20_000 }, () => strategy.pick(pool.context)),
      4,
    );
    expect(counts[1]).toBe(0);
    expect(Math.abs((counts[0] ?? 0) - 5_000)).toBeLessThan(400);
    expect(Math.abs((counts[3] ?? 0) - 10_000)).toBeLessThan(500);
  });
});
