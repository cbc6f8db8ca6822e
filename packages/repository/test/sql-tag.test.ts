import { join } from 'node:path';
import { temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { UniqueViolation, Unsupported, ValidationError, type SqlValue } from '../src/index.ts';
import { players } from './support/entities.ts';
import { engines, opened } from './support/engines.ts';

describe.each(engines)('the sql tag on $name', (engine) => {
  it('binds every value, and reads integers exactly', async () => {
    await using test = await opened(engine, [players]);
    const { sql } = test.database;
    const name = "x'); --";
    const inserted = await sql`INSERT INTO players (username, level, gold, created_at, version)
      VALUES (${name}, ${1}, ${Number.MAX_SAFE_INTEGER}, ${0}, ${1}) RETURNING id, gold`;
    expect(inserted).toEqual({ rows: [{ id: 1, gold: Number.MAX_SAFE_INTEGER }], changes: 1 });
    const { rows } = await sql<{ total: number | bigint; email: null; half: number }>`
      SELECT sum(gold) + CAST(${5n} AS BIGINT) AS total, max(email) AS email, CAST(0.5 AS DOUBLE PRECISION) AS half
      FROM players WHERE username = ${name}`;
    expect(rows).toEqual([{ total: BigInt(Number.MAX_SAFE_INTEGER) + 5n, email: null, half: 0.5 }]);
    expect(await sql`UPDATE players SET gold = gold - ${1} WHERE level = ${1}`).toEqual({
      rows: [],
      changes: 1,
    });
    expect(await sql`DELETE FROM players WHERE username = ${'nobody'}`).toEqual({ rows: [], changes: 0 });
    expect((await test.database.repository(players).getById(1)).gold).toBe(Number.MAX_SAFE_INTEGER - 1);
  });

  it('reports violations with the names of the database', async () => {
    await using test = await opened(engine, [players]);
    const insert = () => test.database.sql`INSERT INTO players (username, level, gold, created_at, version)
      VALUES (${'ada'}, ${1}, ${0}, ${0}, ${1})`;
    await insert();
    await expect(insert()).rejects.toMatchObject({ code: 'unique_violation', fields: ['username'] });
    await expect(insert()).rejects.toBeInstanceOf(UniqueViolation);
    await expect(test.database.sql`UPDATE players SET username = NULL`).rejects.toMatchObject({
      code: 'check_violation',
      constraint: 'players.username',
    });
    await expect(test.database.sql`SELECT nonsense FROM players`).rejects.toMatchObject({
      code: 'database_failure',
    });
  });

  it('refuses what it cannot bind, and statements that are not for callers', async () => {
    await using test = await opened(engine);
    const { sql } = test.database;
    const bad: unknown[] = [
      undefined,
      Number.NaN,
      2 ** 53,
      2n ** 63n,
      'half \ud800',
      'nul \0',
      {},
      new Date(),
    ];
    for (const value of bad) {
      await expect(sql`SELECT ${value as SqlValue}`).rejects.toBeInstanceOf(ValidationError);
    }
    await expect(sql`COMMIT`).rejects.toBeInstanceOf(Unsupported);
    await expect(sql` begin`).rejects.toBeInstanceOf(Unsupported);
    await expect(sql`PRAGMA synchronous = OFF`).rejects.toBeInstanceOf(Unsupported);
  });

  it('declares what it can do', async () => {
    await using test = await opened(engine);
    await using folder = temporaryFolder();
    expect(test.database.capabilities).toEqual(engine.capabilities);
    const backup = await Promise.allSettled([test.database.backup(join(folder.path, 'copy.db'))]);
    expect(backup[0].status).toBe(engine.capabilities.backup ? 'fulfilled' : 'rejected');
    expect(test.database.stats().pool.size).toBeGreaterThan(0);
    await test.database.ping();
  });

  it('closes once, and refuses afterwards', async () => {
    const test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const last = repository.insert({ username: 'last' });
    await Promise.all([last, test.database.close(), test.database.close()]);
    const calls = [
      repository.insert({ username: 'late' }),
      repository.count(),
      test.database.sql`SELECT 1`,
      test.database.ping(),
      test.database.transaction(async () => 1),
      test.database.migrate([]),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'database_closed' });
    await test[Symbol.asyncDispose]();
  });
});
