import { seededRng } from '@hanok/testkit';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sieve, type Sieved } from '../../src/near/sieve.ts';

const held = (key: string, sizeBytes = 1): Sieved => ({
  key,
  sizeBytes,
  isVisited: false,
  newer: undefined,
  older: undefined,
});
const keysOf = (sieve: Sieve<Sieved>): string[] => Array.from(sieve.values(), ({ key }) => key);

it('evicts what was not read since the hand came by, oldest first', () => {
  const sieve = new Sieve({ maxEntries: 3, maxBytes: 1_000 });
  for (const key of ['a', 'b', 'c']) sieve.add(held(key));
  sieve.get('a');
  sieve.add(held('d'));
  expect(keysOf(sieve)).toEqual(['a', 'c', 'd']);
  sieve.get('c');
  sieve.add(held('e'));
  // The hand stood at c, which was read, and goes on to d; a is left for its next round.
  expect(keysOf(sieve)).toEqual(['a', 'c', 'e']);
});

it('keeps what is read again and again through a scan of everything else', () => {
  const sieve = new Sieve({ maxEntries: 100, maxBytes: 1_000_000 });
  const rng = seededRng(1);
  for (let i = 0; i < 10_000; i += 1) {
    const hot = `hot${Math.floor(rng.next() * 50)}`;
    if (sieve.get(hot) === undefined) sieve.add(held(hot));
    sieve.add(held(`scan${i}`));
  }
  expect(keysOf(sieve).filter((key) => key.startsWith('hot')).length).toBeGreaterThan(45);
});

it('holds what was added last under a key, and never more than it may', () => {
  const step = fc.record({
    act: fc.constantFrom('add', 'get', 'delete', 'clear'),
    key: fc.integer({ min: 0, max: 9 }).map(String),
    size: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const sieve = new Sieve({ maxEntries: 5, maxBytes: 60 });
      const added = new Map<string, Sieved>();
      for (const { act, key, size } of steps) {
        if (act === 'add') {
          const item = held(key, size);
          added.set(key, item);
          sieve.add(item);
        } else if (act === 'delete') {
          added.delete(key);
          sieve.delete(key);
        } else if (act === 'clear') {
          added.clear();
          sieve.clear();
        }
        // What is added is held at least until the next is.
        expect(act === 'add' && sieve.get(key) === undefined).toBe(false);
        for (const each of keysOf(sieve)) expect(sieve.get(each)).toBe(added.get(each));
        const sizes = Array.from(sieve.values(), ({ sizeBytes }) => sizeBytes);
        expect(sizes.length).toBeLessThanOrEqual(5);
        expect(sizes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(60);
        expect(sieve.size).toBe(sizes.length);
      }
    }),
  );
});
