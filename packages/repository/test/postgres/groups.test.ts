import { expect, it } from 'vitest';
import { Groups, type Member } from '../../src/postgres/groups.ts';
import { nextTurn } from '../../src/sqlite/turn-share.ts';

interface Numbered extends Member {
  readonly n: number;
}

/** Groups as they were sent, each of which ends when it is told to. */
function observed() {
  const sent: { readonly numbers: number[]; readonly end: () => void }[] = [];
  const refused: number[] = [];
  const groups = new Groups<string, Numbered>((_, members) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    sent.push({ numbers: members.map(({ n }) => n), end: resolve });
    return promise;
  });
  const add = (...numbers: number[]) => {
    for (const n of numbers) groups.add('shape', { n, reject: () => refused.push(n) });
  };
  return { sent, refused, groups, add, numbers: () => sent.map((group) => group.numbers) };
}

it('sends together what comes in one turn', async () => {
  const { add, numbers } = observed();
  add(1, 2);
  add(3);
  expect(numbers()).toEqual([]);
  await nextTurn();
  expect(numbers()).toEqual([[1, 2, 3]]);
});

it('gathers, while two groups are under way, until one of them ends', async () => {
  const { add, numbers, sent } = observed();
  add(1);
  await nextTurn();
  add(2);
  await nextTurn();
  add(3);
  await nextTurn();
  add(4);
  await nextTurn();
  expect(numbers()).toEqual([[1], [2]]);
  sent[1]?.end();
  await nextTurn();
  expect(numbers()).toEqual([[1], [2], [3, 4]]);
});

it('does not let one shape wait for another', async () => {
  const { add, numbers, groups } = observed();
  for (const n of [1, 2, 3]) {
    add(n);
    await nextTurn();
  }
  groups.add('other shape', { n: 9, reject: () => undefined });
  await nextTurn();
  expect(numbers()).toEqual([[1], [2], [9]]);
});

it('sends at most 500 together, and refuses what would wait behind 20,000', async () => {
  const { add, numbers, refused } = observed();
  add(...Array.from({ length: 20_001 }, (_, n) => n));
  expect(refused).toEqual([20_000]);
  await nextTurn();
  expect(numbers().map((group) => group.length)).toEqual([500, 500]);
});
