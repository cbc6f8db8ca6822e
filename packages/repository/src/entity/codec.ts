import type { DialectName } from '../database.ts';
import { DatabaseFailure } from '../errors.ts';
import type { EntityColumn } from './entity.ts';
import { jsonText, requireValue } from './validate.ts';

/** What drivers are given. */
export type DriverValue = string | number | bigint | boolean | Uint8Array | null;

/** A row as the driver gives it, keyed by property. Owned by the caller and changed in place by decoding. */
export type DriverRow = Record<string, unknown>;

/** Checks a non-null value against its column and turns it into what the driver binds. */
export function encodeValue(
  column: Omit<EntityColumn, 'operand'>,
  value: unknown,
  dialect: DialectName,
): DriverValue {
  const { spec, property } = column;
  if (spec.kind === 'json') return jsonText(property, spec, value);
  requireValue(property, spec, value);
  if (typeof value === 'boolean') return dialect === 'sqlite' ? Number(value) : value;
  if (typeof value === 'number') return value + 0; // -0 becomes 0
  if (typeof value === 'string' || typeof value === 'bigint' || value instanceof Uint8Array) return value;
  throw new TypeError(`${property}: ${typeof value} passed validation`);
}

/** Like `encodeValue`, for a value to compare with: it must have the column's type, not obey its bounds. */
export function encodeOperand(column: EntityColumn, value: unknown, dialect: DialectName): DriverValue {
  return encodeValue(column.operand, value, dialect);
}

/** Reads one column of a row; null must have been dealt with. */
type Decoder = (raw: unknown, column: EntityColumn) => unknown;

function decodeInteger(raw: unknown, column: EntityColumn): unknown {
  const value = typeof raw === 'bigint' ? Number(raw) : raw;
  if (Number.isSafeInteger(value)) return value;
  throw new DatabaseFailure(`${column.property}: the stored value is no integer within ±(2^53-1)`);
}

function decodeBigint(raw: unknown): unknown {
  return typeof raw === 'number' ? BigInt(raw) : raw;
}

function decodeBoolean(raw: unknown): unknown {
  return Boolean(raw);
}

function decodeJson(raw: unknown, column: EntityColumn): unknown {
  if (typeof raw !== 'string')
    throw new DatabaseFailure(`${column.property}: the stored value is no JSON text`);
  const value: unknown = JSON.parse(raw);
  return value;
}

const decoders: Readonly<Record<EntityColumn['spec']['kind'], Decoder | undefined>> = {
  integer: decodeInteger,
  timestamp: decodeInteger,
  bigint: decodeBigint,
  boolean: decodeBoolean,
  json: decodeJson,
  real: undefined,
  text: undefined,
  blob: undefined,
};

/** Makes the function that turns a driver's row (keyed by property) into a row of the entity, in place. */
export function rowDecoder(columns: readonly EntityColumn[]): (row: DriverRow) => DriverRow {
  const steps = columns.flatMap((column) => {
    const decode = decoders[column.spec.kind];
    return decode === undefined ? [] : [{ column, property: column.property, decode }];
  });
  return (row) => {
    for (const step of steps) {
      const raw = row[step.property];
      if (raw !== null) row[step.property] = step.decode(raw, step.column);
    }
    return row;
  };
}
