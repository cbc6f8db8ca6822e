import { describe, expect, it } from 'vitest';
import { Rendezvous } from '../../src/index.ts';
import { routingPart } from '../../src/sharding/rendezvous.ts';

const keys = Array.from({ length: 100_000 }, (_, i) => `player:${i}`);
const equal = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `redis-${i}:6379`, weight: 1 }));
const place = (nodes: { name: string; weight: number }[]) => {
  const rendezvous = new Rendezvous(nodes);
  return keys.map((key) => nodes[rendezvous.indexOf(key)]?.name);
};
const shareOf = (placed: (string | undefined)[], name: string) =>
  placed.filter((other) => other === name).length / placed.length;

describe('Rendezvous', () => {
  it.each([2, 3, 4, 7, 16])('gives each of %i equal nodes its share', (count) => {
    const placed = place(equal(count));
    for (const { name } of equal(count)) {
      expect(shareOf(placed, name)).toBeGreaterThan(0.95 / count);
      expect(shareOf(placed, name)).toBeLessThan(1.05 / count);
    }
  });

  it('moves at most 27% of the keys when the 4th of 4 is added, all of them to it', () => {
    const [before, after] = [place(equal(3)), place(equal(4))];
    const moved = after.filter((name, i) => name !== before[i]);
    expect(moved.length / keys.length).toBeLessThan(0.27);
    expect(moved.length / keys.length).toBeGreaterThan(0.23);
    expect(new Set(moved)).toEqual(new Set(['redis-3:6379']));
  });

  it('moves three in four by modulo: the comparison can fail', () => {
    const moved = keys.filter((_, i) => i % 3 !== i % 4);
    expect(moved.length / keys.length).toBeGreaterThan(0.7);
  });

  it('moves only the keys of a node that is taken away', () => {
    const [before, after] = [place(equal(5)), place(equal(5).filter(({ name }) => name !== 'redis-2:6379'))];
    const stayed = before.map((name, i) => (name === 'redis-2:6379' ? after[i] : name));
    expect(after).toEqual(stayed);
  });

  it('shares by weight, and a weight moves no keys between the others', () => {
    const light = equal(3);
    const heavy = light.map((node, i) => (i === 0 ? { ...node, weight: 2 } : node));
    const [before, after] = [place(light), place(heavy)];
    expect(shareOf(after, 'redis-0:6379')).toBeGreaterThan(0.49);
    expect(shareOf(after, 'redis-0:6379')).toBeLessThan(0.51);
    const moved = after.filter((name, i) => name !== before[i]);
    expect(new Set(moved)).toEqual(new Set(['redis-0:6379']));
  });

  it('does not depend on the order of the nodes', () => {
    expect(place(equal(4).toReversed())).toEqual(place(equal(4)));
  });

  it('needs a node', () => {
    expect(() => new Rendezvous([])).toThrow('at least one shard');
  });
});

describe('routingPart', () => {
  it.each([
    ['player:42', 'player:42'],
    ['leaderboard:{weekly}:places', 'weekly'],
    ['a{}b', 'a{}b'],
    ['a{b', 'a{b'],
    ['a}b{c}', 'c'],
    ['{a}{b}', 'a'],
  ])('of %s is %s', (key, part) => {
    expect(routingPart(key)).toBe(part);
  });
});
