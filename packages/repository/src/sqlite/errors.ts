import Driver from 'better-sqlite3';
import {
  Busy,
  CheckViolation,
  ConnectionLost,
  Corrupt,
  DatabaseFailure,
  ForeignKeyViolation,
  RepositoryError,
  StorageFull,
  UniqueViolation,
} from '../errors.ts';
import type { Entity } from '../entity/entity.ts';
import { propertiesOf } from '../entity/properties.ts';

/** Whether another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return error instanceof Driver.SqliteError && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code);
}

/** Turns what better-sqlite3 throws into this package's errors; others pass unchanged. */
export function sqliteError(error: unknown, entity?: Entity): unknown {
  if (error instanceof RepositoryError) return error;
  if (!(error instanceof Driver.SqliteError)) return error;
  const { code } = error;
  if (isBusy(error)) return new Busy('the database is locked by another writer', error);
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
    return uniqueViolation(error, entity);
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') return new ForeignKeyViolation(error);
  if (code.startsWith('SQLITE_CONSTRAINT')) return new CheckViolation(subject(error), error);
  if (code === 'SQLITE_FULL') return new StorageFull(error);
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) return new Corrupt('the database file is damaged', error);
  if (code.startsWith('SQLITE_IOERR')) return ioFailure(error);
  return new DatabaseFailure(error.message, error);
}

/** SQLite cannot always tell a full disk from a broken one (growing the shared-memory file, for example). */
function ioFailure(error: InstanceType<typeof Driver.SqliteError>): RepositoryError {
  if (/^SQLITE_IOERR_(?:WRITE|SHMSIZE|TRUNCATE)/.test(error.code)) return new StorageFull(error);
  // What was being synced may or may not be on the disk.
  return new ConnectionLost(error.code === 'SQLITE_IOERR_FSYNC', error);
}

/** `UNIQUE constraint failed: players.username, players.email` */
function uniqueViolation(error: Error, entity: Entity | undefined): UniqueViolation {
  const columns = subject(error).split(', ');
  const table = columns[0]?.split('.')[0] ?? '';
  const names = columns.map((column) => column.split('.')[1] ?? column);
  return new UniqueViolation(table, propertiesOf(names, table, entity), error);
}

function subject(error: Error): string {
  return error.message.slice(error.message.indexOf(': ') + 2);
}
