import { assert, constantFrom, integer, oneof, property } from 'fast-check';
import { expect, it } from 'vitest';
import { toTimestamp } from '../../src/domain/timestamp.ts';

const MAX_MS = 8_640_000_000_000_000;

it('gives what a Date gives, for every moment that one can hold', () => {
  const moments = oneof(
    integer({ min: -MAX_MS, max: MAX_MS }),
    integer({ min: 0, max: 4_102_444_800_000 }),
    constantFrom(-MAX_MS, -86_400_001, -86_400_000, -1, 0, 1, 86_399_999, 86_400_000, MAX_MS),
  );
  // More days than are kept as text.
  assert(
    property(moments, (ms) => {
      expect(toTimestamp(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 5_000, seed: 20_261_123 },
  );
});

it('refuses what is no moment', () => {
  for (const ms of [Number.NaN, Infinity, MAX_MS + 86_400_000]) {
    expect(() => toTimestamp(ms)).toThrow(RangeError);
  }
});
