import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrategy, explain, NO_BACKEND, STRATEGY_NAMES } from '../src/index.ts';
import { poolOf, setEligible } from './fixtures/pool.ts';

const backend = fc.record({
  weight: fc.integer({ min: 1, max: 9 }),
  active: fc.nat({ max: 3 }),
  latencyMs: fc.nat({ max: 50 }),
  eligible: fc.boolean(),
  excluded: fc.boolean(),
});

describe.each(STRATEGY_NAMES)('%s', (name) => {
  it('picks an eligible, admissible backend exactly when there is one, and explains it as a candidate', () => {
    fc.assert(
      fc.property(fc.array(backend, { maxLength: 12 }), fc.integer(), (backends, seed) => {
        const limit = 3;
        const pool = poolOf(
          backends.map((each) => each.weight),
          seed,
          limit,
        );
        const { table, context } = pool;
        backends.forEach((each, slot) => {
          table.active[slot] = each.active;
          if (each.latencyMs > 0) table.observe(slot, each.latencyMs);
          context.excluded[slot] = each.excluded ? 1 : 0;
          setEligible(pool, slot, each.eligible);
        });
        const strategy = createStrategy(name, pool.candidates);
        const usable = backends.flatMap((each, slot) =>
          each.eligible && !each.excluded && each.active < limit ? [slot] : [],
        );
        for (let round = 0; round < 5; round += 1) {
          context.sourceHash = Math.imul(seed, round + 1);
          const explanation = explain(strategy, pool.candidates, context);
          const picked = strategy.pick(context);
          expect(usable.length === 0 ? [NO_BACKEND] : usable).toContain(picked);
          expect(explanation.backends).toHaveLength(backends.length);
          for (const each of explanation.backends) {
            expect(each.standing === 'candidate').toBe(usable.includes(each.slot));
            expect(each.score === null).toBe(each.standing !== 'candidate');
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has nothing to pick from an empty table', () => {
    const pool = poolOf([]);
    expect(createStrategy(name, pool.candidates).pick(pool.context)).toBe(NO_BACKEND);
  });

  it('sees a change as soon as it is published', () => {
    const pool = poolOf([1, 1]);
    const strategy = createStrategy(name, pool.candidates);
    setEligible(pool, 0, false);
    expect(strategy.pick(pool.context)).toBe(1);
    setEligible(pool, 0, true);
    setEligible(pool, 1, false);
    expect(strategy.pick(pool.context)).toBe(0);
  });

  it('is not changed by being asked for scores', () => {
    const run = (ask: boolean) => {
      const pool = poolOf([1, 4, 2, 2]);
      const strategy = createStrategy(name, pool.candidates);
      return Array.from({ length: 40 }, (_, turn) => {
        pool.context.sourceHash = turn * 7_919;
        if (ask) explain(strategy, pool.candidates, pool.context);
        const slot = strategy.pick(pool.context);
        pool.table.acquire(slot, turn);
        return slot;
      });
    };
    expect(run(true)).toEqual(run(false));
  });
});
