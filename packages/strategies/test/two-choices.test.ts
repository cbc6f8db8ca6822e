import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrategy } from '../src/index.ts';
import { poolOf, tally } from './fixtures/pool.ts';

describe('power-of-two-choices', () => {
  it('never picks the most loaded backend while another is less loaded', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 30 }), { minLength: 2, maxLength: 10 }),
        fc.integer(),
        (active, seed) => {
          const worst = Math.max(...active);
          fc.pre(active.filter((count) => count === worst).length === 1);
          const pool = poolOf(
            active.map(() => 1),
            seed,
          );
          active.forEach((count, slot) => {
            pool.table.active[slot] = count;
          });
          const strategy = createStrategy('power-of-two-choices', pool.candidates);
          const picks = tally(
            Array.from({ length: 50 }, () => strategy.pick(pool.context)),
            active.length,
          );
          // Drawing the same backend four times over, and so comparing it with itself, is the only way.
          expect(picks[active.indexOf(worst)]).toBeLessThanOrEqual(active.length === 2 ? 15 : 5);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps loads far closer together than random does', () => {
    const spread = (name: 'random' | 'power-of-two-choices') => {
      const pool = poolOf(
        Array.from({ length: 50 }, () => 1),
        7,
      );
      const strategy = createStrategy(name, pool.candidates);
      for (let placed = 0; placed < 5_000; placed += 1) pool.table.acquire(strategy.pick(pool.context), 0);
      return Math.max(...pool.table.active) - 100;
    };
    expect(spread('power-of-two-choices')).toBeLessThanOrEqual(4);
    expect(spread('random')).toBeGreaterThan(12);
  });

  it('serves an idle pool in proportion to its weights', () => {
    const pool = poolOf([1, 3]);
    const strategy = createStrategy('power-of-two-choices', pool.candidates);
    const picks = tally(
      Array.from({ length: 8_000 }, () => strategy.pick(pool.context)),
      2,
    );
    expect(Math.abs((picks[0] ?? 0) - 2_000)).toBeLessThan(200);
  });
});

describe('peak-ewma', () => {
  it('leaves a backend that turned slow within one answer', () => {
    const pool = poolOf([1, 1]);
    pool.table.observe(0, 10);
    pool.table.observe(1, 10);
    pool.table.observe(0, 800);
    const strategy = createStrategy('peak-ewma', pool.candidates);
    const picks = Array.from({ length: 20 }, () => strategy.pick(pool.context));
    expect(tally(picks, 2)[1]).toBeGreaterThanOrEqual(15);
  });

  it('does not send a whole burst to a backend it has not measured', () => {
    const pool = poolOf([1, 1, 1, 1]);
    for (const slot of [1, 2, 3]) pool.table.observe(slot, 4);
    const strategy = createStrategy('peak-ewma', pool.candidates);
    for (let placed = 0; placed < 40; placed += 1) pool.table.acquire(strategy.pick(pool.context), 0);
    expect(pool.table.active[0]).toBeLessThan(26);
    expect(Math.min(...pool.table.active)).toBeGreaterThanOrEqual(3);
  });
});
