import { assert, asyncProperty, constantFrom, integer, array, oneof, record, constant } from 'fast-check';
import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../support/engines.ts';
import { NaiveBoard } from './naive-board.ts';

const playerId = integer({ min: 0, max: 11 }).map(String);
// Few scores, so that ties are common.
const submission = record({
  playerId,
  score: oneof(integer({ min: -3, max: 3 }), integer({ min: -1e12, max: 1e12 })),
});
const step = oneof(
  {
    weight: 6,
    arbitrary: record({
      kind: constant('submit' as const),
      submissions: array(submission, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: record({ kind: constant('remove' as const), playerId }) },
);

describeOnEveryEngine('A board', (open) => {
  it('is what the naive model says after any steps', async () => {
    const cache = await open();
    const boards = cache.leaderboards;
    let runs = 0;
    await assert(
      asyncProperty(
        constantFrom('descending' as const, 'ascending' as const),
        constantFrom('best' as const, 'last' as const, 'sum' as const),
        array(step, { minLength: 1, maxLength: 30 }),
        async (order, operator, steps) => {
          const name = `board-${(runs += 1)}`;
          const model = new NaiveBoard(order, operator);
          await boards.define(name, { order, operator });
          for (const each of steps) {
            if (each.kind === 'remove') {
              expect(await boards.remove(name, each.playerId)).toBe(model.remove(each.playerId));
              continue;
            }
            const placements = await boards.submitMany(name, each.submissions);
            for (const one of each.submissions) model.submit(one);
            const rows = model.rows();
            for (const [i, one] of each.submissions.entries()) {
              const row = rows.find((other) => other.playerId === one.playerId);
              expect(placements[i]).toMatchObject({ rank: row?.rank, score: row?.score });
            }
          }
          const rows = model.rows();
          expect(await boards.top(name, 100)).toEqual(rows);
          for (const row of rows) {
            expect(await boards.rank(name, row.playerId)).toEqual({ ...row, total: rows.length });
            const around = await boards.around(name, row.playerId, 2);
            expect(around?.rows).toEqual(rows.slice(Math.max(0, row.rank - 3), row.rank + 2));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
