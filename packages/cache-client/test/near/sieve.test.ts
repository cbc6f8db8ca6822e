import { seededRng } from '@hanok/testkit';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sieve } from '../../src/near/sieve.ts';

it('evicts what was not read since the hand came by, oldest first', () => {
  const sieve = new Sieve<number>({ maxEntries: 3, maxBytes: 1_000 });
  for (const [i, key] of ['a', 'b', 'c'].entries()) sieve.set(key, i, 1);
  sieve.get('a');
  sieve.set('d', 3, 1);
  expect([...sieve.keys()]).toEqual(['a', 'c', 'd']);
  sieve.get('c');
  sieve.set('e', 4, 1);
  // The hand stood at c, which was read, and goes on to d; a is left for its next round.
  expect([...sieve.keys()]).toEqual(['a', 'c', 'e']);
});

it('keeps what is read again and again through a scan of everything else', () => {
  const sieve = new Sieve<number>({ maxEntries: 100, maxBytes: 1_000_000 });
  const rng = seededRng(1);
  for (let i = 0; i < 10_000; i += 1) {
    const hot = `hot${Math.floor(rng.next() * 50)}`;
    if (sieve.get(hot) === undefined) sieve.set(hot, i, 1);
    sieve.set(`scan${i}`, i, 1);
  }
  expect([...sieve.keys()].filter((key) => key.startsWith('hot')).length).toBeGreaterThan(45);
});

it('holds what was set last under a key, and never more than it may', () => {
  const step = fc.record({
    act: fc.constantFrom('set', 'get', 'delete', 'clear'),
    key: fc.integer({ min: 0, max: 9 }).map(String),
    size: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const sieve = new Sieve<{ size: number }>({ maxEntries: 5, maxBytes: 60 });
      const set = new Map<string, { size: number }>();
      for (const { act, key, size } of steps) {
        if (act === 'set') {
          const value = { size };
          set.set(key, value);
          sieve.set(key, value, size);
        } else if (act === 'delete') {
          set.delete(key);
          sieve.delete(key);
        } else if (act === 'clear') {
          set.clear();
          sieve.clear();
        }
        // What is set is held at least until the next is.
        expect(act === 'set' && sieve.get(key) === undefined).toBe(false);
        for (const held of sieve.keys()) expect(sieve.get(held)).toBe(set.get(held));
        const sizes = Array.from(sieve.keys(), (held) => set.get(held)?.size ?? Infinity);
        expect(sizes.length).toBeLessThanOrEqual(5);
        expect(sizes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(60);
        expect(sieve.size).toBe(sizes.length);
      }
    }),
  );
});
