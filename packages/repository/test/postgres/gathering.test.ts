import { describe, expect, it } from 'vitest';
import { increment } from '../../src/index.ts';
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

describe('changes that arrive together', () => {
  it('are all carried out, also those of one row', async () => {
    await using test = await opened(postgres, [players]);
    const repository = test.database.repository(players);
    await repository.insertMany(Array.from({ length: 10 }, (_, index) => ({ username: `name ${index}` })));
    const rows = await Promise.all(
      Array.from({ length: 700 }, (_, index) => repository.update((index % 10) + 1, { gold: increment(3) })),
    );
    const versionsOfOne = rows.filter(({ id }) => id === 1).map(({ version }) => version);
    expect(new Set(versionsOfOne).size).toBe(70);
    const { items: stored } = await repository.findMany();
    for (const row of stored) expect(row).toMatchObject({ gold: 210, version: 71 });
  });

  it('keep each its own outcome', async () => {
    await using test = await opened(postgres, [players]);
    const repository = test.database.repository(players);
    await repository.insertMany(Array.from({ length: 4 }, (_, index) => ({ username: `name ${index}` })));
    const [ada, bea, ...refused] = await Promise.allSettled([
      repository.update(1, { gold: increment(5) }, { version: 1 }),
      repository.update(2, { gold: increment(7) }, { version: 1 }),
      repository.update(3, { gold: increment(-1) }, { version: 1 }),
      repository.update(4, { gold: increment(1) }, { version: 9 }),
      repository.update(99, { gold: increment(1) }, { version: 1 }),
    ]);
    expect(ada).toMatchObject({ value: { id: 1, gold: 5, version: 2 } });
    expect(bea).toMatchObject({ value: { id: 2, gold: 7, version: 2 } });
    expect(refused.map((result) => (result.status === 'rejected' ? result.reason : result))).toMatchObject([
      { code: 'check_violation' },
      { code: 'version_conflict', key: 4 },
      { code: 'not_found' },
    ]);
    const { items: stored } = await repository.findMany();
    expect(stored.map(({ gold }) => gold)).toEqual([5, 7, 0, 0]);
  });

  it('do not wait for a row that somebody else holds', async () => {
    await using test = await opened(postgres, [players]);
    const { database } = test;
    const repository = database.repository(players);
    await repository.insertMany([{ username: 'ada' }, { username: 'bea' }, { username: 'eve' }]);
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const holding = database.transaction(async (tx) => {
      await tx.repository(players).update(1, { level: 9 });
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const waiting = repository.update(1, { gold: increment(1) });
    const others = await Promise.all([2, 3].map((id) => repository.update(id, { gold: increment(1) })));
    expect(others.map(({ gold }) => gold)).toEqual([1, 1]);
    release.resolve();
    await holding;
    expect(await waiting).toMatchObject({ level: 9, gold: 1, version: 3 });
  });

  it('carry every kind of value, and rows saved whole', async () => {
    await using test = await opened(postgres, [players, items, samples]);
    const repository = test.database.repository(samples);
    const changes = {
      whole: -5,
      wide: 2n ** 62n,
      fraction: 0.1,
      flag: true,
      words: `it's {"1",2}\\`,
      bytes: Uint8Array.of(0, 255),
      document: { a: [1, null, 'x"'] },
      momentMs: 5,
      kind: 'shield' as const,
    };
    await repository.insertMany([{ key: 'a' }, { key: 'b,"' }]);
    const nothing = { ...changes, wide: null, words: null, bytes: null, document: null };
    const [full, sparse] = await Promise.all([
      repository.update('a', changes),
      repository.update('b,"', nothing),
    ]);
    expect(full).toEqual({ key: 'a', ...changes, bytes: Buffer.of(0, 255) });
    expect(await repository.getById('a')).toEqual(full);
    expect(sparse).toEqual({ key: 'b,"', ...nothing });

    const saved = test.database.repository(players);
    const [ada, bea] = await saved.insertMany([{ username: 'ada' }, { username: 'bea' }]);
    const results = await Promise.allSettled([
      saved.save({ ...ada, username: 'ada', gold: 4 }),
      saved.save({ ...bea, username: 'bea', version: 7 }),
      saved.save({ ...ada, username: 'ada', level: 2 }),
    ]);
    expect(results).toMatchObject([
      { value: { gold: 4, version: 2 } },
      { reason: { code: 'version_conflict' } },
      { reason: { code: 'version_conflict' } },
    ]);
  });
});
