import {
  assert,
  asyncProperty,
  constantFrom,
  integer,
  array,
  oneof,
  record,
  constant,
  type Arbitrary,
} from 'fast-check';
import { expect, it } from 'vitest';
import type { Leaderboards } from '../../src/index.ts';
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

type Step = typeof step extends Arbitrary<infer T> ? T : never;

/** What the board answers: for a removal whether there was a score, else where each submission stands now. */
async function apply(boards: Leaderboards, name: string, each: Step) {
  if (each.kind === 'remove') return boards.remove(name, each.playerId);
  const placements = await boards.submitMany(name, each.submissions);
  return placements.map(({ rank, score }) => ({ rank, score }));
}

function applyToModel(model: NaiveBoard, each: Step) {
  if (each.kind === 'remove') return model.remove(each.playerId);
  for (const one of each.submissions) model.submit(one);
  const rows = model.rows();
  return each.submissions.map(({ playerId: id }) => {
    const row = rows.find((other) => other.playerId === id);
    return { rank: row?.rank, score: row?.score };
  });
}

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
            expect(await apply(boards, name, each)).toEqual(applyToModel(model, each));
          }
          const rows = model.rows();
          expect(await boards.top(name, 100)).toEqual(rows);
          const total = rows.length;
          await Promise.all(
            rows.map(async (row) => {
              const below = rows.filter(({ rank }) => rank > row.rank).length;
              const percentile = total === 1 ? 100 : (100 * below) / (total - 1);
              expect(await boards.rank(name, row.playerId)).toEqual({ ...row, total, percentile });
              expect(await boards.atPercentile(name, percentile)).toEqual(row);
              const around = await boards.around(name, row.playerId, 2);
              expect(around?.rows).toEqual(rows.slice(Math.max(0, row.rank - 3), row.rank + 2));
            }),
          );
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});
