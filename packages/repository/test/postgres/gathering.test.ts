import { expect, it } from 'vitest';
import { items, players, samples } from '../support/entities.ts';
import { opened, postgres } from '../support/engines.ts';

it('answers reads by key that arrive together, each with a row of its own', async () => {
  await using test = await opened(postgres, [players, items, samples]);
  const { database } = test;
  const repository = database.repository(players);
  await repository.insertMany(Array.from({ length: 1_200 }, (_, index) => ({ username: `name ${index}` })));
  await database.repository(samples).insert({ key: "it's {1,2}", whole: 1 });
  await database.repository(samples).insert({ key: '', document: { a: [1] } });
  const before = await repository.findById(7);
  const opened20 = database.stats().pool.size;
  const [rows, same, missing, quoted, empty, bad] = await Promise.all([
    Promise.all(Array.from({ length: 1_200 }, (_, index) => repository.findById(index + 1))),
    Promise.all([repository.findById(7), repository.findById(7)]),
    repository.findById(99_999),
    database.repository(samples).findById("it's {1,2}"),
    database.repository(samples).findById(''),
    repository.findById(1.5).catch((error: unknown) => error),
  ]);
  expect(rows.map((row) => row?.username)).toEqual(
    Array.from({ length: 1_200 }, (_, index) => `name ${index}`),
  );
  expect(same).toEqual([before, before]);
  expect(same[0]).not.toBe(same[1]);
  expect(missing).toBeUndefined();
  expect(quoted).toMatchObject({ whole: 1 });
  expect(empty).toMatchObject({ document: { a: [1] } });
  expect(bad).toMatchObject({ code: 'validation_failed' });
  expect(database.stats().pool.size - opened20).toBeLessThan(8);
});

it('rejects all of them when the statement fails', async () => {
  await using test = await opened(postgres, [players]);
  const repository = test.database.repository(players);
  await test.database.sql`DROP TABLE players`;
  const results = await Promise.allSettled([1, 2, 3].map((id) => repository.findById(id)));
  for (const result of results) expect(result).toMatchObject({ reason: { code: 'database_failure' } });
});
