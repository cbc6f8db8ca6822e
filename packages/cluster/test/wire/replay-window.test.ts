import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from '../../src/wire/replay-window.ts';

describe('ReplayWindow', () => {
  it('takes each counter once, in any order within the window', () => {
    const window = new ReplayWindow(64);
    for (const counter of [1, 3, 2, 64, 40, 100]) expect(window.accept(counter), `${counter}`).toBe(true);
    for (const counter of [1, 3, 2, 64, 40, 100, 36, 0])
      expect(window.accept(counter), `${counter}`).toBe(false);
    expect(window.accept(37)).toBe(true);
    expect(window.accept(2 ** 48 - 1)).toBe(true);
    expect(window.accept(2 ** 48 - 64)).toBe(true);
    expect(window.accept(2 ** 48 - 65)).toBe(false);
  });

  it('does as a set of all counters would', () => {
    const steps = fc.array(fc.integer({ min: -200, max: 200 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(steps, (moves) => {
        const window = new ReplayWindow(128);
        const seen = new Set<number>();
        let at = 500;
        let highest = 0;
        for (const move of moves) {
          at = Math.max(1, at + move);
          const expected = !seen.has(at) && at + 128 > highest;
          expect(window.accept(at)).toBe(expected);
          seen.add(at);
          highest = Math.max(highest, at);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it.each([0, 31, 33])('refuses the size %d', (size) => {
    expect(() => new ReplayWindow(size)).toThrow(/multiple of 32/);
  });
});
