import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildMaglevTable, createStrategy, hashText, maglevSize } from '../src/index.ts';
import { poolOf, setEligible, tally, type Pool } from './fixtures/pool.ts';

const SOURCES = 20_000;

function assign(pool: Pool): number[] {
  const strategy = createStrategy('maglev', pool.candidates);
  return Array.from({ length: SOURCES }, (_, index) => {
    pool.context.sourceHash = hashText(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
    return strategy.pick(pool.context);
  });
}

const members = (count: number) =>
  Array.from({ length: count }, (_, slot) => ({ slot, key: hashText(`backend-${slot}`), weight: 1 }));

describe('maglev table', () => {
  it('gives every member its share of the entries, exactly to one when weights are equal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (count) => {
        const table = buildMaglevTable(members(count));
        const counts = tally([...table], count);
        expect(table.length).toBe(maglevSize(count));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 30 },
    );
  });

  it('follows the weights', () => {
    const weighted = members(3).map((member, index) => ({ ...member, weight: [1, 2, 5][index] ?? 1 }));
    const counts = tally([...buildMaglevTable(weighted, 4_093)], 3);
    expect(counts.map((count) => Math.round((count / 4_093) * 80))).toEqual([10, 20, 50]);
  });

  it('depends on the members only, not on their order', () => {
    const forward = buildMaglevTable(members(9));
    const backward = buildMaglevTable(members(9).toReversed());
    expect(backward).toEqual(forward);
  });

  it('moves little more than the share of a member that is removed', () => {
    for (const count of [5, 20, 50]) {
      const before = buildMaglevTable(members(count), 65_537);
      const after = buildMaglevTable(members(count).slice(1), 65_537);
      const moved = before.filter((slot, entry) => slot !== after[entry]).length / before.length;
      expect(moved).toBeGreaterThan(1 / count - 0.001);
      expect(moved).toBeLessThan(1 / count + 0.06);
    }
  });

  it('is empty without members', () => {
    expect(buildMaglevTable([])).toHaveLength(0);
  });
});

describe('maglev', () => {
  it('spreads sources evenly and keeps each at its backend', () => {
    const pool = poolOf(Array.from({ length: 10 }, () => 1));
    const first = assign(pool);
    expect(assign(pool)).toEqual(first);
    for (const count of tally(first, 10)) expect(Math.abs(count - SOURCES / 10)).toBeLessThan(SOURCES / 50);
  });

  it('moves only the sources of a backend that fails, about 1/N, and gives exactly those back', () => {
    for (const count of [3, 10, 40]) {
      const pool = poolOf(Array.from({ length: count }, () => 1));
      const before = assign(pool);
      setEligible(pool, 1, false);
      const during = assign(pool);
      const moved = before.filter((slot, source) => slot !== during[source]);
      expect(new Set(moved)).toEqual(new Set([1]));
      expect(moved.length / SOURCES).toBeLessThan(1.15 / count);
      expect(during).not.toContain(1);
      setEligible(pool, 1, true);
      expect(assign(pool)).toEqual(before);
    }
  });

  it('spreads the sources of a failed backend over all others', () => {
    const pool = poolOf([1, 1, 1, 1, 1]);
    const before = assign(pool);
    setEligible(pool, 2, false);
    const during = assign(pool);
    const heirs = tally(
      during.filter((_, source) => before[source] === 2),
      5,
    );
    for (const slot of [0, 1, 3, 4]) expect(heirs[slot]).toBeGreaterThan(SOURCES / 5 / 4 / 1.3);
  });
});
