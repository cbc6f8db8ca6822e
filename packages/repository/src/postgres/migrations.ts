import type { Entity, EntityColumn } from '../entity/entity.ts';
import type { AppliedMigration, LockedStore, MigrationStore } from '../migrations/runner.ts';
import type { RealColumn, RealTables } from '../migrations/schema-check.ts';
import type { ConnectionPool } from '../pool.ts';
import { compileQuery } from '../query/executor.ts';
import type { SqlTag } from '../sql-tag.ts';
import type { PostgresConnection } from './connection.ts';
import { postgresError } from './errors.ts';

/** How long a migration waits for others, and may take. */
const MIGRATION_TIMEOUT_MS = 600_000;
/** Key of the advisory lock: "hanok" in ASCII. */
const LOCK_KEY = 448_345_469_803n;
const createHistory = `CREATE TABLE IF NOT EXISTS hanok_migrations (
  number BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`;
const reading = { writes: false, wide: false, keep: false };
const historyExists = compileQuery("SELECT to_regclass('hanok_migrations') IS NOT NULL AS found", reading);
const readHistory = compileQuery(
  'SELECT number, name, checksum, applied_at AS "appliedAtMs" FROM hanok_migrations ORDER BY number',
  reading,
);
const record = compileQuery(
  'INSERT INTO hanok_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)',
  { writes: true, wide: false, keep: false },
);

/** Migrations on PostgreSQL: each in a transaction of its own, all under one advisory lock. */
export function postgresMigrationStore(
  pool: ConnectionPool<PostgresConnection>,
  now: () => number,
): MigrationStore {
  return {
    dialect: 'postgres',
    applied: () => translated(pool, history),
    locked: (body) =>
      translated(pool, async (connection) => {
        await connection.script('SET statement_timeout = 0');
        await connection.script(`SELECT pg_advisory_lock(${LOCK_KEY})`, MIGRATION_TIMEOUT_MS);
        try {
          await connection.script(createHistory);
          return await body(lockedStore(connection, now));
        } finally {
          connection.close(); // gives up the lock and the changed setting together
        }
      }),
  };
}

function lockedStore(connection: PostgresConnection, now: () => number): LockedStore {
  return {
    applied: () => history(connection),
    async apply({ number, name, sql, checksum }) {
      await connection.script('BEGIN');
      try {
        await connection.script(sql, MIGRATION_TIMEOUT_MS);
        await connection.query(record, [number, name, checksum, now()]);
        await connection.script('COMMIT');
      } catch (error) {
        await connection.script('ROLLBACK');
        throw error;
      }
    },
  };
}

async function translated<T>(
  pool: ConnectionPool<PostgresConnection>,
  work: (connection: PostgresConnection) => Promise<T>,
): Promise<T> {
  try {
    return await pool.use(work);
  } catch (error) {
    throw postgresError(error, { outcomeUnknown: false, timeoutMs: MIGRATION_TIMEOUT_MS });
  }
}

async function history(connection: PostgresConnection): Promise<AppliedMigration[]> {
  const [exists] = (await connection.query(historyExists, [])).rows;
  if (exists?.['found'] !== true) return [];
  const { rows } = await connection.query(readHistory, []);
  return rows.map((row) => ({
    number: Number(row['number']),
    name: String(row['name']),
    checksum: String(row['checksum']),
    appliedAtMs: Number(row['appliedAtMs']),
  }));
}

/** Describes the real tables of the entities, as found on the search path. */
export async function postgresTables(sql: SqlTag, entities: readonly Entity[]): Promise<RealTables> {
  const columns = new Map<string, RealColumn[]>();
  for (const { table } of entities) {
    const { rows } = await sql<{ name: string; type: string; collation: string | null; nullable: boolean }>`
      SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable,
        (SELECT collname FROM pg_collation WHERE oid = attcollation) AS collation
      FROM pg_attribute
      WHERE attrelid = to_regclass(quote_ident(${table}::text)) AND attnum > 0 AND NOT attisdropped`;
    if (rows.length === 0) continue;
    const real = rows.map(({ name, type, collation, nullable }) => ({
      name,
      nullable,
      type: type === 'text' ? `text collated "${collation}"` : type,
    }));
    columns.set(table, real);
  }
  return { columns, typeOf };
}

const types: Readonly<Record<EntityColumn['spec']['kind'], string>> = {
  integer: 'bigint',
  bigint: 'bigint',
  timestamp: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  text: 'text collated "C"',
  blob: 'bytea',
  json: 'jsonb',
};

function typeOf(column: EntityColumn): string {
  return types[column.spec.kind];
}
