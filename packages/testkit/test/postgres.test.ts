import { Client } from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPostgres } from '../src/index.ts';
import { isListening } from './alive.ts';

afterEach(() => vi.unstubAllEnvs());

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, query_timeout: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>({ text: sql });
    return rows.flatMap((row) => Object.values(row));
  } finally {
    await client.end();
  }
}

describe('a PostgreSQL of the test', () => {
  it('gives fresh databases', async () => {
    await using postgres = await startPostgres();
    const [one, two] = [await postgres.createDatabase(), await postgres.createDatabase()];
    await query(one, 'CREATE TABLE players (gold bigint)');
    expect(await query(one, 'SELECT count(*)::int FROM players')).toEqual([0]);
    await expect(query(two, 'SELECT * FROM players')).rejects.toThrow('relation "players" does not exist');
    expect(
      await query(
        two,
        'SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()',
      ),
    ).toEqual(['UTF8']);
  });

  it('comes back after kill on the same port with what it acknowledged', async () => {
    await using postgres = await startPostgres({ settings: { max_connections: 10 } });
    const database = await postgres.createDatabase();
    expect(await query(database, 'SHOW max_connections')).toEqual(['10']);
    await query(database, 'CREATE TABLE players AS SELECT 100 AS gold');
    await postgres.kill();
    expect(await isListening(postgres.port)).toBe(false);
    await postgres.restart();
    expect(await query(database, 'SELECT gold FROM players')).toEqual([100]);
  });

  it('answers nothing while it is paused, also on connections there are', async () => {
    await using postgres = await startPostgres({ dedicated: true });
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    postgres.pause();
    let answered = false;
    const answer = client.query<{ one: number }>('SELECT 1 AS one').then(({ rows }) => {
      answered = true;
      return rows;
    });
    expect(await isListening(postgres.port)).toBe(true);
    expect(answered).toBe(false);
    postgres.resume();
    expect(await answer).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('is gone after stop, and says so', async () => {
    const postgres = await startPostgres({ dedicated: true });
    await postgres.stop();
    expect(await isListening(postgres.port)).toBe(false);
    await expect(postgres.restart()).rejects.toThrow('PostgreSQL has been stopped');
  });
});

describe('a PostgreSQL of the environment', () => {
  it('gives fresh databases, drops them at the end and cannot be killed', async () => {
    await using theirs = await startPostgres({ dedicated: true });
    vi.stubEnv('HANOK_TEST_POSTGRES_URL', theirs.url);
    const postgres = await startPostgres();
    const database = await postgres.createDatabase();
    expect(new Set([theirs.url, postgres.url, database]).size).toBe(3);
    expect(await query(database, 'SELECT 1')).toEqual([1]);
    await expect(postgres.kill()).rejects.toThrow('Cannot kill the PostgreSQL of HANOK_TEST_POSTGRES_URL');
    await postgres.stop();
    const names = await query(theirs.url, "SELECT datname FROM pg_database WHERE datname LIKE 'hanok%'");
    expect(names).toEqual([]);
  });
});
