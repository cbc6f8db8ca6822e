import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildMaglevTable, createStrategy, hashText, maglevSize } from '../src/index.ts';
import { mix } from '../src/source-hash.ts';
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

/** Pseudocode 1 of the paper, with each member's whole permutation written out first. */
function populate(keys: readonly number[], size: number): number[] {
  const permutations = keys.map((key) => {
    const offset = (key >>> 0) % size;
    const skip = (mix(key ^ 0x5bd1e995) % (size - 1)) + 1;
    return Array.from({ length: size }, (_, index) => (offset + index * skip) % size);
  });
  const next = keys.map(() => 0);
  const entries = Array.from({ length: size }, () => -1);
  for (let filled = 0; ;) {
    for (const [member, permutation] of permutations.entries()) {
      const free = permutation.findIndex(
        (entry, index) => index >= (next[member] ?? 0) && entries[entry] === -1,
      );
      entries[permutation[free] ?? 0] = member;
      next[member] = free + 1;
      filled += 1;
      if (filled === size) return entries;
    }
  }
}

describe('maglev table', () => {
  it('gives every member its share of the entries, exactly to one when weights are equal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (count) => {
        const table = buildMaglevTable(members(count));
        const counts = tally([...table], count);
        expect(table.length).toBe(maglevSize(count));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 15 },
    );
  });

  it("is the one of the paper's pseudocode, for members of equal weight", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(13, 101, 1_009),
        (keys, size) => {
          const sorted = keys.toSorted((a, b) => a - b);
          const table = buildMaglevTable(
            keys.map((key) => ({ slot: sorted.indexOf(key), key, weight: 1 })),
            size,
          );
          expect([...table]).toEqual(populate(sorted, size));
        },
      ),
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
    for (const count of [3, 5, 20, 32, 60]) {
      const size = maglevSize(count);
      const before = buildMaglevTable(members(count), size);
      const after = buildMaglevTable(members(count).slice(1), size);
      const moved = before.filter((slot, entry) => slot !== after[entry]).length / before.length;
      expect(moved).toBeGreaterThan(1 / count - 0.001);
      expect(moved).toBeLessThan(1 / count + 0.01);
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
