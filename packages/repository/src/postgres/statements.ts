import type { DriverValue } from '../entity/codec.ts';
import { compileQuery, type CompiledQuery } from '../query/executor.ts';
import { requirePlainStatement } from '../statement-guard.ts';
import type { PostgresResult } from './values.ts';

const CHANGING = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const READING = /^\s*(?:select|values|table|show|explain)\b/i;

/** A template literal is one object for each place in the code, so this is bounded by the code. */
const templates = new WeakMap<TemplateStringsArray, CompiledQuery>();

/** The query of a `sql` template, compiled on first use. `WITH` is taken for a write, because it may be one. */
export function templateQuery(text: TemplateStringsArray): CompiledQuery {
  const known = templates.get(text);
  if (known !== undefined) return known;
  const sql = text.reduce((joined, part, index) => `${joined}$${index}${part}`);
  requirePlainStatement(sql);
  const query = compileQuery(sql, { writes: !READING.test(sql), wide: true });
  templates.set(text, query);
  return query;
}

/** Rows changed; the row count of a SELECT is none. */
export function changesOf(result: PostgresResult): number {
  return CHANGING.has(result.command) ? (result.rowCount ?? 0) : 0;
}

/** Rows turned into one array for each column, as `unnest` takes them. */
export function columnsOf(rows: readonly (readonly DriverValue[])[]): DriverValue[][] {
  const [first = []] = rows;
  return first.map((_, column) => rows.map((row) => row[column] ?? null));
}
