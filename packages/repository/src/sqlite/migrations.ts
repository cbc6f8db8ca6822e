import type { Entity } from '../entity/entity.ts';
import { columnTypes } from '../migrations/create-table.ts';
import type {
  AppliedMigration,
  LockedStore,
  MigrationStore,
  RenderedMigration,
} from '../migrations/runner.ts';
import type { RealColumn, RealTables } from '../migrations/schema-check.ts';
import { compileQuery } from '../query/executor.ts';
import type { SqliteConnection } from './connection.ts';

const createHistory = `CREATE TABLE IF NOT EXISTS hanok_migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;
const unprepared = { wide: false, keep: false };
const historyExists = compileQuery(
  "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'hanok_migrations'",
  { ...unprepared, writes: false },
);
const readHistory = compileQuery(
  'SELECT number, name, checksum, applied_at AS "appliedAtMs" FROM hanok_migrations ORDER BY number',
  { ...unprepared, writes: false },
);
const record = compileQuery(
  'INSERT INTO hanok_migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)',
  { ...unprepared, writes: true },
);

type Submit = <T>(run: (connection: SqliteConnection) => Promise<T>) => Promise<T>;

/** Migrations on SQLite: all that are missing run in one transaction, whose write lock is the lock. */
export function sqliteMigrationStore(now: () => number, submit: Submit): MigrationStore {
  return {
    dialect: 'sqlite',
    applied: () => submit(async (connection) => history(connection)),
    locked: (body) =>
      submit(async (connection) => {
        connection.savepoint(0);
        try {
          connection.driver.exec(createHistory);
          const result = await body(lockedStore(connection, now));
          connection.release(0);
          return result;
        } catch (error) {
          connection.undo(0);
          throw error;
        }
      }),
  };
}

function lockedStore(connection: SqliteConnection, now: () => number): LockedStore {
  return {
    applied: async () => history(connection),
    apply: async ({ number, name, sql, checksum }: RenderedMigration) => {
      connection.driver.exec(sql);
      connection.run(record, [number, name, checksum, now()]);
    },
  };
}

function history(connection: SqliteConnection): AppliedMigration[] {
  if (connection.get(historyExists, []) === undefined) return [];
  return connection.all(readHistory, []).map((row) => ({
    number: Number(row['number']),
    name: String(row['name']),
    checksum: String(row['checksum']),
    appliedAtMs: Number(row['appliedAtMs']),
  }));
}

/** Describes the real tables of the entities. */
export async function sqliteTables(
  reader: SqliteConnection,
  entities: readonly Entity[],
): Promise<RealTables> {
  const columns = new Map<string, RealColumn[]>();
  const describe = reader.driver.prepare<[string], Record<string, unknown>>(
    'SELECT name, type, "notnull" AS required, pk FROM pragma_table_info(?)',
  );
  for (const { table } of entities) {
    const rows = describe.all(table);
    if (rows.length === 0) continue;
    const real = rows.map((row) => ({
      name: String(row['name']),
      type: String(row['type']),
      nullable: row['required'] === 0 && row['pk'] === 0,
    }));
    columns.set(table, real);
  }
  return { columns, typeOf: (column) => columnTypes.sqlite[column.spec.kind] };
}
