import { assert, array, constant, integer, oneof, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { checkPrizes, prizeRanges, type Prize } from '../../src/prizes/prize.ts';

const gold = (amount: number) => ({ currency: 'gold', amount });

it('gives each rank the first prize that reaches down to it', () => {
  const prizes = [
    { toRank: 1, ...gold(1_000) },
    { toRank: 10, ...gold(100) },
    { toPercent: 10, ...gold(10) },
  ];
  expect(prizeRanges(prizes, 1_000)).toEqual([
    { fromRank: 1, toRank: 1, ...gold(1_000) },
    { fromRank: 2, toRank: 10, ...gold(100) },
    { fromRank: 11, toRank: 100, ...gold(10) },
  ]);
  expect(prizeRanges(prizes, 55)).toEqual([
    { fromRank: 1, toRank: 1, ...gold(1_000) },
    { fromRank: 2, toRank: 10, ...gold(100) },
  ]);
  expect(prizeRanges(prizes, 3)).toEqual([
    { fromRank: 1, toRank: 1, ...gold(1_000) },
    { fromRank: 2, toRank: 3, ...gold(100) },
  ]);
  expect(prizeRanges(prizes, 0)).toEqual([]);
});

it.each([
  [10, 70, 7],
  [10, 71, 8],
  [0.1, 3_000, 3],
  [0.1, 1, 1],
  [100, 12, 12],
])('takes %d%% of %d players for %d', (toPercent, total, winners) => {
  expect(prizeRanges([{ toPercent, ...gold(1) }], total).at(-1)?.toRank).toBe(winners);
});

it('leaves no gap and no overlap, and is what asking rank by rank gives', () => {
  const prize = record({
    reach: oneof(
      record({ toRank: integer({ min: 1, max: 60 }) }),
      record({ toPercent: integer({ min: 1, max: 100 }) }),
    ),
    amount: integer({ min: 1, max: 9 }),
    currency: constant('gold'),
  }).map(({ reach, ...rest }): Prize => ({ ...reach, ...rest }));
  assert(
    property(array(prize, { minLength: 1, maxLength: 6 }), integer({ min: 0, max: 50 }), (prizes, total) => {
      const ranges = prizeRanges(prizes, total);
      for (let rank = 1; rank <= total; rank += 1) {
        const expected = prizes.find(
          ({ toRank, toPercent = 0 }) => rank <= (toRank ?? Math.ceil((total * toPercent) / 100)),
        );
        const found = ranges.filter(({ fromRank, toRank }) => fromRank <= rank && rank <= toRank);
        expect(found.map(({ amount }) => amount)).toEqual(expected === undefined ? [] : [expected.amount]);
      }
    }),
  );
});

it.each([
  ['prizes', []],
  ['prizes', Array.from({ length: 101 }, () => ({ toRank: 1, ...gold(1) }))],
  ['prizes.0', [gold(1)]],
  ['prizes.0', [{ toRank: 1, toPercent: 1, ...gold(1) }]],
  ['prizes.0.toRank', [{ toRank: 0, ...gold(1) }]],
  ['prizes.0.toRank', [{ toRank: 1_000_001, ...gold(1) }]],
  ['prizes.0.toPercent', [{ toPercent: 0, ...gold(1) }]],
  ['prizes.0.toPercent', [{ toPercent: 100.1, ...gold(1) }]],
  ['prizes.0.toPercent', [{ toPercent: Number.NaN, ...gold(1) }]],
  [
    'prizes.1.currency',
    [
      { toRank: 1, ...gold(1) },
      { toRank: 2, currency: 'Gold', amount: 1 },
    ],
  ],
  ['prizes.0.amount', [{ toRank: 1, ...gold(0) }]],
  ['prizes.0.amount', [{ toRank: 1, ...gold(1.5) }]],
] as [string, Prize[]][])('refuses a bad table, naming %s', (field, prizes) => {
  expect(() => checkPrizes(prizes)).toThrow(expect.objectContaining({ code: 'invalid', field }));
});
