import { Column, IntegerColumn, TimestampColumn, type ColumnKind, type ColumnSpec } from './column.ts';

const DEFAULT_TEXT_LENGTH = 65_536;
const DEFAULT_BYTES = 1_048_576;
const MAX_TIMESTAMP_MS = 8_640_000_000_000_000;

function spec(kind: ColumnKind, given: Partial<ColumnSpec>): ColumnSpec {
  return {
    kind,
    name: undefined,
    nullable: false,
    unique: false,
    role: 'plain',
    generated: false,
    defaultValue: undefined,
    defaultNow: false,
    min: undefined,
    max: undefined,
    minLength: 0,
    maxLength: 0,
    pattern: undefined,
    oneOf: undefined,
    reference: undefined,
    ...given,
  };
}

/** Bounds of a number column, both inclusive. */
export interface NumberBounds<N> {
  readonly min?: N;
  readonly max?: N;
}

/**
 * A 64-bit integer held as a JavaScript number; exact because the database itself refuses anything outside
 * ±(2^53-1), also when the value is the outcome of an increment. Use `bigint()` for the full 64 bits.
 */
export function integer(bounds: NumberBounds<number> = {}): IntegerColumn<number, 'required', 'plain'> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  return new IntegerColumn(spec('integer', { min, max }));
}

/** A 64-bit integer held as a JavaScript bigint; all of ±2^63 exact. */
export function bigint(bounds: NumberBounds<bigint> = {}): IntegerColumn<bigint, 'required', 'plain'> {
  return new IntegerColumn(spec('bigint', { min: bounds.min, max: bounds.max }));
}

/** A finite double. NaN and infinities are refused; -0 is stored as 0. */
export function real(bounds: NumberBounds<number> = {}): Column<number, 'required', 'plain'> {
  return new Column(spec('real', { min: bounds.min, max: bounds.max }));
}

/** True or false. */
export function boolean(): Column<boolean, 'required', 'plain'> {
  return new Column(spec('boolean', {}));
}

export interface TextRules<T extends string> {
  /** In Unicode code points. Default 0. */
  readonly minLength?: number;
  /** In Unicode code points. Default 65,536. */
  readonly maxLength?: number;
  /** Checked before the value is sent; not by the database. */
  readonly pattern?: RegExp;
  /** The only values allowed; also gives the column its union type. */
  readonly oneOf?: readonly T[];
}

/** Well-formed Unicode text without NUL (PostgreSQL cannot hold it). Compares by code point on both databases. */
export function text<const T extends string = string>(
  rules: TextRules<T> = {},
): Column<T, 'required', 'plain'> {
  const { minLength = 0, maxLength = DEFAULT_TEXT_LENGTH, pattern, oneOf } = rules;
  return new Column(spec('text', { minLength, maxLength, pattern, oneOf }));
}

export interface SizeBounds {
  readonly minBytes?: number;
  /** Default 1 MiB. */
  readonly maxBytes?: number;
}

/** Bytes. */
export function blob(bounds: SizeBounds = {}): Column<Uint8Array, 'required', 'plain'> {
  const { minBytes = 0, maxBytes = DEFAULT_BYTES } = bounds;
  return new Column(spec('blob', { minLength: minBytes, maxLength: maxBytes }));
}

/**
 * A JSON document (`JSONB` on PostgreSQL, text on SQLite), read back equal by value; the order of members may
 * differ. Size is that of `JSON.stringify`. Strings with NUL or lone surrogates are refused.
 */
export function json<T = unknown>(bounds: SizeBounds = {}): Column<T, 'required', 'plain'> {
  const { minBytes = 0, maxBytes = DEFAULT_BYTES } = bounds;
  return new Column(spec('json', { minLength: minBytes, maxLength: maxBytes }));
}

/**
 * A point in time as milliseconds since 1970-01-01 UTC (what `Clock.now()` gives), stored as a 64-bit integer
 * on both databases: exact, free of time zones, ordered, and read without parsing.
 */
export function timestamp(): TimestampColumn<number, 'required', 'plain'> {
  return new TimestampColumn(spec('timestamp', { min: -MAX_TIMESTAMP_MS, max: MAX_TIMESTAMP_MS }));
}
