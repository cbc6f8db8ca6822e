import { describe, expect, it } from 'vitest';
import { seededRng } from '../src/seeded-rng.ts';

const draw = (seed: string): number[] => {
  const rng = seededRng(seed);
  return Array.from({ length: 20_000 }, () => rng.next());
};

describe('seededRng', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    expect(draw('one')).toEqual(draw('one'));
    expect(draw('one').slice(0, 3)).not.toEqual(draw('two').slice(0, 3));
  });

  it('spreads over [0, 1)', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const number of draw('spread')) {
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
      const tenth = Math.floor(number * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(300);
  });

  it('draws integers with both ends', () => {
    const rng = seededRng('ends');
    expect(new Set(Array.from({ length: 200 }, () => rng.integer(-1, 1)))).toEqual(new Set([-1, 0, 1]));
    expect(new Set(Array.from({ length: 200 }, () => rng.pick(['a', 'b'])))).toEqual(new Set(['a', 'b']));
  });
});
