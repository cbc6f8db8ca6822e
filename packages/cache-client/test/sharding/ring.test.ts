import { describe, expect, it } from 'vitest';
import {
  fingerprintOf,
  formatRecord,
  isLocalKey,
  judge,
  parseRecord,
  type RingState,
} from '../../src/sharding/ring.ts';

const node = (name: string, weight = 1) => ({ name, weight });

describe('judge', () => {
  const states: readonly RingState[] = ['prepared', 'fencing', 'moving', 'done'];
  const record = (state: RingState) => ({ state, current: 'new', previous: 'old' });
  it.each([
    ['the old list', { current: 'old' }, ['admitted', 'outdated', 'outdated', 'outdated']],
    ['the new list', { current: 'new' }, ['early', 'early', 'early', 'admitted']],
    ['both', { current: 'new', previous: 'old' }, ['admitted', 'admitted', 'admitted', 'admitted']],
    [
      'the next change',
      { current: 'next', previous: 'new' },
      ['foreign', 'foreign', 'foreign', 'to be prepared'],
    ],
    ['another list', { current: 'x' }, ['foreign', 'foreign', 'foreign', 'foreign']],
    ['another change', { current: 'x', previous: 'old' }, ['foreign', 'foreign', 'foreign', 'foreign']],
  ])('of who knows %s', (_, lists, verdicts) => {
    expect(states.map((state) => judge(lists, record(state)))).toEqual(verdicts);
  });

  it('lets everybody in where nothing is written down', () => {
    expect(judge({ current: 'old' }, undefined)).toBe('admitted');
    expect(judge({ current: 'new', previous: 'old' }, undefined)).toBe('to be prepared');
  });
});

it('a fingerprint depends on names and weights, not on their order', () => {
  const list = [node('a:1'), node('b:1', 2)];
  expect(fingerprintOf(list.toReversed())).toBe(fingerprintOf(list));
  expect(fingerprintOf([node('a:1'), node('b:1')])).not.toBe(fingerprintOf(list));
  expect(fingerprintOf([node('a:1')])).not.toBe(fingerprintOf(list));
});

it('records are read as they were written, and nothing else is', () => {
  const record = { state: 'moving', current: 'x-_1', previous: 'y' } as const;
  expect(parseRecord(formatRecord(record))).toEqual(record);
  for (const text of ['', 'moving x', 'resting x y', 'moving x y z', ' moving x y'])
    expect(parseRecord(text)).toBeUndefined();
});

it('keys about a server stay on it', () => {
  expect(['ring', 'near:{players}', 'near:{players}:x'].every(isLocalKey)).toBe(true);
  expect(['rings', 'player:1', 'counter:{near:x}'].some(isLocalKey)).toBe(false);
});
