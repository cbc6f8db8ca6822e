import { expect, it } from 'vitest';
import { DeadlineExceeded } from '../../src/index.ts';
import { players } from '../support/entities.ts';
import { failureOf, opened, sqliteFile } from '../support/engines.ts';

/** Reads that take far longer than a share of a turn, without leaving the microtask queue by themselves. */
const many = 100_000;

it('a long read transaction gives way to the rest of the process, on one snapshot all the same', async () => {
  await using test = await opened(sqliteFile, [players]);
  const { database } = test;
  const repository = database.repository(players);
  await repository.insert({ username: 'ada' });
  const state = { written: 0, isOver: false };
  const seen = new Set<number>();
  const reading = database.transaction(
    async (tx) => {
      const inside = tx.repository(players);
      for (let n = 0; n < many && state.written < 3; n += 1) seen.add(await inside.count());
      state.isOver = true;
    },
    { readOnly: true },
  );
  while (!state.isOver && state.written < 3) {
    await repository.insert({ username: `meanwhile ${state.written}` });
    state.written += 1;
  }
  await reading;
  expect(state.written, 'writes that were answered while it read').toBe(3);
  expect([...seen]).toEqual([1]);
  expect(await repository.count()).toBe(4);
});

it('a long read transaction ends at its deadline', async () => {
  await using test = await opened(sqliteFile, [players]);
  const failure = await failureOf(
    test.database.transaction(
      async (tx) => {
        for (let n = 0; n < many; n += 1) await tx.repository(players).count();
      },
      { readOnly: true, deadlineMs: 50 },
    ),
  );
  expect(failure).toBeInstanceOf(DeadlineExceeded);
});

it('reading everything page by page gives way between the pages', async () => {
  await using test = await opened(sqliteFile, [players]);
  const repository = test.database.repository(players);
  await repository.insertMany(Array.from({ length: 300 }, (_, n) => ({ username: `player ${n}` })));
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 0);
  let rows = 0;
  for await (const _ of repository.findAll({ limit: 1 })) rows += 1;
  clearInterval(ticking);
  expect(rows).toBe(300);
  expect(turns).toBeGreaterThan(0);
});
