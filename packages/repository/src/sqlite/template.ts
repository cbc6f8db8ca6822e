import type { DriverValue } from '../entity/codec.ts';
import { Unsupported } from '../errors.ts';
import { compileQuery, type CompiledQuery } from '../query/executor.ts';
import type { SqlValue } from '../sql-tag.ts';
import { requirePlainStatement } from '../statement-guard.ts';
import type { SqliteConnection } from './connection.ts';
import { sqliteError } from './errors.ts';

/** A template literal is one object for each place in the code, so this is bounded by the code. */
const templates = new WeakMap<TemplateStringsArray, CompiledQuery>();

/** The query of a `sql` template, compiled on first use. SQLite itself says whether it writes. */
export function templateQuery(connection: SqliteConnection, text: TemplateStringsArray): CompiledQuery {
  const known = templates.get(text);
  if (known !== undefined) return known;
  const sql = text.join('?');
  requirePlainStatement(sql);
  const query = compileQuery(sql, { writes: writes(connection, sql), wide: true });
  templates.set(text, query);
  return query;
}

function writes(connection: SqliteConnection, sql: string): boolean {
  try {
    return !connection.driver.prepare(sql).readonly;
  } catch (error) {
    if (error instanceof RangeError) throw new Unsupported('sql: exactly one statement');
    throw sqliteError(error);
  }
}

/** Integers are bound as bigints, because the driver would bind numbers as floating point. */
export function bindable(values: readonly SqlValue[]): DriverValue[] {
  return values.map((value) => {
    if (typeof value === 'boolean') return value ? 1n : 0n;
    return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
  });
}
