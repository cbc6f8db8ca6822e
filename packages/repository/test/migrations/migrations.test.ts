import { describe, expect, it } from 'vitest';
import { createTable, MigrationRefused, openDatabase, type Migration } from '../../src/index.ts';
import { items, players, samples } from '../support/entities.ts';
import { engines, failureOf, opened, sharedEngines } from '../support/engines.ts';

const first: Migration = { number: 1, name: 'create-players', steps: [createTable(players)] };
const second: Migration = {
  number: 2,
  name: 'create-log',
  steps: [
    { sqlite: 'CREATE TABLE log (entry INTEGER) STRICT', postgres: 'CREATE TABLE log (entry BIGINT)' },
    'INSERT INTO log (entry) VALUES (1); INSERT INTO log (entry) VALUES (2)',
  ],
};

describe.each(engines)('migrations on $name', (engine) => {
  it('applies what is missing, once, and tells the status', async () => {
    await using test = await opened(engine);
    const { database } = test;
    const dry = await database.migrate([first, second], { dryRun: true });
    expect(dry.applied.map((migration) => migration.number)).toEqual([1, 2]);
    expect(dry.applied[0]?.sql).toContain('CREATE TABLE "players"');
    expect(await database.migrationStatus([first])).toEqual([
      { number: 1, name: 'create-players', appliedAt: null },
    ]);
    await database.migrate([first]);
    expect((await database.migrate([first, second])).applied.map(({ name }) => name)).toEqual(['create-log']);
    expect((await database.migrate([first, second])).applied).toEqual([]);
    expect((await database.sql`SELECT entry FROM log ORDER BY entry`).rows).toEqual([
      { entry: 1 },
      { entry: 2 },
    ]);
    const [status] = await database.migrationStatus([first, second]);
    expect(Date.parse(status?.appliedAt ?? '')).toBeGreaterThan(1_600_000_000_000);
  });

  it('refuses changed migrations, newer databases and bad numbers in clear sentences', async () => {
    await using test = await opened(engine);
    const { database } = test;
    await database.migrate([first, second]);
    const changed = { ...second, steps: ['CREATE TABLE log (entry TEXT)'] };
    await expect(database.migrate([first, changed])).rejects.toThrow(
      'migration 2 create-log was changed after it had been applied; restore it and put the change in a new migration',
    );
    const failure = await failureOf(database.migrate([first]));
    expect(failure).toBeInstanceOf(MigrationRefused);
    expect(String(failure)).toContain(
      'the database is newer than this program: it has migration 2 create-log, the program knows 1; start a newer version',
    );
    await expect(database.migrationStatus([first])).rejects.toBeInstanceOf(MigrationRefused);
    await expect(database.migrate([second])).rejects.toThrow('migration 2 create-log should be number 1');
    await expect(database.migrate([{ ...first, name: 'Bad Name' }])).rejects.toThrow(/kebab-case/);
  });

  it('leaves nothing of a migration that fails', async () => {
    await using test = await opened(engine);
    const { database } = test;
    const broken = {
      number: 2,
      name: 'broken',
      steps: ['CREATE TABLE half (n INTEGER)', 'INSERT INTO nowhere VALUES (1)'],
    };
    await expect(database.migrate([first, broken])).rejects.toThrow(/migration 2 broken failed: .*nowhere/);
    await expect(database.sql`SELECT * FROM half`).rejects.toThrow(/half/);
    await database.migrate([first, second]);
    expect(await database.repository(players).count()).toBe(0);
  });

  it('finds where real tables differ from the entities', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    await database.checkSchema([players]);
    const failure = await failureOf(database.checkSchema([players, items]));
    expect(String(failure)).toContain('table player_items is missing');
    await database.migrate([
      first,
      {
        number: 2,
        name: 'other-samples',
        steps: [
          {
            sqlite:
              'CREATE TABLE samples ("key" TEXT PRIMARY KEY NOT NULL, whole TEXT, wide INTEGER NOT NULL)',
            postgres:
              'CREATE TABLE samples ("key" TEXT PRIMARY KEY, whole TEXT COLLATE "C", wide BIGINT NOT NULL)',
          },
        ],
      },
    ]);
    const message = String(await failureOf(database.checkSchema([samples])));
    expect(message).toMatch(/samples\.whole is (?:TEXT|text.*), not (?:INTEGER|bigint)/);
    expect(message).toContain('samples.wide is not nullable');
    expect(message).toContain('samples.fraction is missing');
  });
});

describe.each(sharedEngines)('migrations shared on $name', (engine) => {
  it('runs each migration once when several come at the same time', async () => {
    const { url, remove } = await engine.prepare();
    const databases = await Promise.all(
      Array.from({ length: 4 }, () => openDatabase(url, { pool: { min: 1 } })),
    );
    const reports = await Promise.all(databases.map((database) => database.migrate([first, second])));
    expect(reports.flatMap((report) => report.applied)).toHaveLength(2);
    for (const database of databases) {
      expect((await database.sql`SELECT count(*) AS n FROM log`).rows).toEqual([{ n: 2 }]);
      await database.close();
    }
    await remove();
  });
});
