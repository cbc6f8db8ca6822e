import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrategy, NO_BACKEND } from '../src/index.ts';
import { poolOf, setEligible } from './fixtures/pool.ts';

describe('round-robin', () => {
  it('takes each in turn', () => {
    const pool = poolOf([1, 1, 1]);
    const strategy = createStrategy('round-robin', pool.candidates);
    expect(Array.from({ length: 7 }, () => strategy.pick(pool.context))).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('picks like a naive walk through the slots, whatever happens to their health', () => {
    const step = fc.oneof(
      fc.constant('pick' as const),
      fc.record({ slot: fc.nat({ max: 5 }), eligible: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const pool = poolOf([1, 1, 1, 1, 1, 1]);
        const strategy = createStrategy('round-robin', pool.candidates);
        const up = new Set([0, 1, 2, 3, 4, 5]);
        let last = -1;
        for (const each of steps) {
          if (each !== 'pick') {
            setEligible(pool, each.slot, each.eligible);
            if (each.eligible) up.add(each.slot);
            else up.delete(each.slot);
            continue;
          }
          const after = [...up].toSorted((a, b) => a - b);
          const expected = after.find((slot) => slot > last) ?? after[0] ?? NO_BACKEND;
          expect(strategy.pick(pool.context)).toBe(expected);
          if (expected !== NO_BACKEND) last = expected;
        }
      }),
    );
  });

  it('shares its turn between threads: two instances together serve each backend equally', () => {
    const pool = poolOf([1, 1, 1]);
    const first = createStrategy('round-robin', pool.candidates);
    const second = createStrategy('round-robin', pool.candidates);
    const picks = Array.from({ length: 6 }, (_, turn) => (turn % 2 ? first : second).pick(pool.context));
    expect(picks).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('scores by the distance to the turn, without moving it', () => {
    const pool = poolOf([1, 1, 1]);
    const strategy = createStrategy('round-robin', pool.candidates);
    strategy.pick(pool.context);
    const scores = () => [0, 1, 2].map((slot) => strategy.score(pool.context, slot));
    expect(scores()).toEqual([2, 0, 1]);
    expect(scores()).toEqual([2, 0, 1]);
  });
});

describe('weighted-round-robin', () => {
  it('interleaves as nginx does', () => {
    const pool = poolOf([5, 1, 1]);
    const strategy = createStrategy('weighted-round-robin', pool.candidates);
    expect(Array.from({ length: 7 }, () => strategy.pick(pool.context))).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  it('is exact over every period and never further than one turn from the ideal for the heaviest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const pool = poolOf(weights);
        const strategy = createStrategy('weighted-round-robin', pool.candidates);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const counts = weights.map(() => 0);
        for (let period = 1; period <= 3; period += 1) {
          for (let turn = 0; turn < total; turn += 1) {
            const slot = strategy.pick(pool.context);
            counts[slot] = (counts[slot] ?? 0) + 1;
          }
          expect(counts).toEqual(weights.map((weight) => weight * period));
        }
      }),
    );
  });
});
