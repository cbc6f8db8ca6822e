import { ValidationError } from './errors.ts';

/** What can be bound. Booleans become 0 and 1 on SQLite. Integers are bound as 64-bit integers. */
export type SqlValue = string | number | bigint | boolean | Uint8Array | null;

export interface SqlResult<R> {
  /** Rows of a SELECT or RETURNING. 64-bit integers are numbers when safe, else bigints; JSON is text. */
  readonly rows: R[];
  /** Rows changed by a write. */
  readonly changes: number;
}

/**
 * Tagged template for SQL that repositories do not cover. Every `${}` becomes a bound parameter, wherever it
 * stands; there is no way to splice text. PostgreSQL may need a cast to know a parameter's type:
 * `` sql`SELECT ${5}::bigint AS five` `` (SQLite: `CAST(${5} AS INTEGER)`, which both understand).
 *
 * `R` is the caller's word about the columns; it is not checked.
 */
export type SqlTag = <R = Record<string, unknown>>(
  text: TemplateStringsArray,
  ...values: readonly SqlValue[]
) => Promise<SqlResult<R>>;

const MAX_PARAMETERS = 1_000;

/** Refuses what cannot be bound exactly. */
export function requireSqlValues(values: readonly unknown[]): asserts values is readonly SqlValue[] {
  if (values.length > MAX_PARAMETERS)
    throw new ValidationError('sql', `at most ${MAX_PARAMETERS} parameters`);
  for (const [index, value] of values.entries()) {
    const problem = problemOf(value);
    if (problem !== undefined) throw new ValidationError(`sql parameter ${index + 1}`, problem);
  }
}

function problemOf(value: unknown): string | undefined {
  if (value === null || typeof value === 'boolean' || value instanceof Uint8Array) return undefined;
  if (typeof value === 'bigint') {
    return BigInt.asIntN(64, value) === value ? undefined : 'within 64 bits';
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'a finite number';
    return Number.isInteger(value) && !Number.isSafeInteger(value)
      ? 'an exact integer; use a bigint'
      : undefined;
  }
  if (typeof value === 'string') {
    return value.isWellFormed() && !value.includes('\0') ? undefined : 'well-formed text without NUL';
  }
  return 'null, text, number, bigint, boolean or bytes';
}
