import { expect, it } from 'vitest';
import { seededRng } from '@hanok/testkit';
import { RankedList, type Ranked } from '../../src/leaderboards/ranked-list.ts';

it('stays sorted and ranked over 20,000 insertions and 10,000 removals', () => {
  const rng = seededRng(7);
  const list = new RankedList();
  const entries: Ranked[] = [];
  for (let sequence = 0; sequence < 20_000; sequence += 1) {
    const entry = { key: Math.floor(rng.next() * 500), sequence, playerId: `p${sequence}` };
    entries.push(entry);
    list.insert(entry);
  }
  for (let i = 0; i < 10_000; i += 1) {
    const [gone] = entries.splice(Math.floor(rng.next() * entries.length), 1);
    if (gone !== undefined) list.remove(gone);
  }
  const sorted = entries.toSorted((a, b) => a.key - b.key || a.sequence - b.sequence);
  expect(list.length).toBe(10_000);
  expect(list.slice(0, 20_000)).toEqual(sorted);
  expect(list.slice(4_990, 20)).toEqual(sorted.slice(4_990, 5_010));
  expect(sorted.map((entry) => list.rankOf(entry))).toEqual(sorted.map((_, rank) => rank));
  for (const entry of sorted) list.remove(entry);
  expect(list.length).toBe(0);
  expect(list.slice(0, 10)).toEqual([]);
});

it('ignores the removal of what is past its end', () => {
  const list = new RankedList();
  list.remove({ key: 1, sequence: 1, playerId: 'p' });
  expect(list.length).toBe(0);
});
