import { seededRng } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../support/engines.ts';

describeOnEveryEngine('TopLists', (open) => {
  it('know the most frequent, exactly while all have room', async () => {
    const { topLists } = await open();
    expect(await topLists.count('items', 'sword')).toBe(1);
    await topLists.count('items', 'shield', 5);
    expect(await topLists.count('items', 'sword', 2)).toBe(3);
    await topLists.count('items', 'bow', 3);
    expect(await topLists.top('items', 2)).toEqual([
      { member: 'shield', count: 5, error: 0 },
      { member: 'sword', count: 3, error: 0 },
    ]);
    expect(await topLists.reset('items')).toBe(true);
    expect(await topLists.top('items')).toEqual([]);
    expect(await topLists.reset('items')).toBe(false);
  });

  it('find the frequent among many in bounded room, and never count too low', async () => {
    const { topLists } = await open({ topLists: { capacity: 40 } });
    const rng = seededRng(1);
    const truth = new Map<string, number>();
    for (let i = 0; i < 1_500; i += 1) {
      // Four of ten are one of five frequent members; the others are of two thousand.
      const member = rng.next() < 0.4 ? `hot${i % 5}` : `cold${Math.floor(rng.next() * 2_000)}`;
      truth.set(member, (truth.get(member) ?? 0) + 1);
      await topLists.count('maps', member);
    }
    const top = await topLists.top('maps', 5);
    expect(top.map(({ member }) => member).toSorted()).toEqual(['hot0', 'hot1', 'hot2', 'hot3', 'hot4']);
    for (const { member, count, error } of await topLists.top('maps', 40)) {
      expect(count).toBeGreaterThanOrEqual(truth.get(member) ?? 0);
      expect(count - error).toBeLessThanOrEqual(truth.get(member) ?? 0);
    }
  });

  it('refuse what is out of bounds', async () => {
    const { topLists } = await open();
    await expect(topLists.count('items', 'a b')).rejects.toMatchObject({ field: 'member' });
    await expect(topLists.count('items', 'a', 0)).rejects.toMatchObject({ field: 'by' });
    await expect(topLists.top('items', 101)).rejects.toMatchObject({ field: 'limit' });
  });
});
