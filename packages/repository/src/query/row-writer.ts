import { encodeValue, type DriverRow, type DriverValue } from '../entity/codec.ts';
import type { EntityColumn } from '../entity/entity.ts';
import { ValidationError } from '../errors.ts';
import { Increment } from './conditions.ts';
import type { EntityPlan } from './entity-plan.ts';

/** A validated row: what is bound, and the row as it will be stored. */
export interface EncodedRow {
  readonly values: DriverValue[];
  readonly stored: DriverRow;
}

/** Validates a new row, fills defaults, and encodes it in the order of `plan.inserted`. */
export function encodeNewRow(plan: EntityPlan, row: DriverRow, nowMs: () => number): EncodedRow {
  refuseUnknown(plan, row);
  const values: DriverValue[] = [];
  const stored: DriverRow = {};
  for (const column of plan.entity.columns) {
    const { property, spec } = column;
    const given = row[property];
    if (spec.generated) {
      if (!isAbsentKey(given)) throw new ValidationError(property, 'made by the database; leave it out');
      stored[property] = 0;
      continue;
    }
    const value =
      spec.role === 'version' ? firstVersion(column, given) : valueOrDefault(column, given, nowMs);
    values.push(encodeInto(stored, plan, column, value));
  }
  return { values, stored };
}

function firstVersion(column: EntityColumn, given: unknown): unknown {
  if (given === undefined || given === 0) return 1;
  throw new ValidationError(column.property, 'counted by the database; leave it out of a new row');
}

function valueOrDefault(column: EntityColumn, given: unknown, nowMs: () => number): unknown {
  const { spec, property } = column;
  if (given !== undefined) return given;
  if (spec.defaultValue !== undefined) return spec.defaultValue;
  if (spec.defaultNow) return nowMs();
  if (spec.nullable) return null;
  throw new ValidationError(property, 'required');
}

/** Encodes one value and notes it in `stored` as it will be read back. */
export function encodeInto(
  stored: DriverRow,
  plan: EntityPlan,
  column: EntityColumn,
  value: unknown,
): DriverValue {
  const { property, spec } = column;
  if (value === null) {
    if (!spec.nullable) throw new ValidationError(property, 'not null');
    stored[property] = null;
    return null;
  }
  const encoded = encodeValue(column, value, plan.dialect);
  if (spec.kind === 'json' && typeof encoded === 'string') stored[property] = JSON.parse(encoded);
  else stored[property] = typeof value === 'number' ? encoded : value;
  return encoded;
}

/** Absent, or the 0 that marks a row not saved yet. */
export function isAbsentKey(key: unknown): boolean {
  return key === undefined || key === 0 || key === 0n;
}

/** Refuses properties that are no columns, naming the first. */
export function refuseUnknown(plan: EntityPlan, row: DriverRow): void {
  requireObject(plan, row);
  for (const property in row) knownColumn(plan, property);
}

function requireObject(plan: EntityPlan, row: unknown): void {
  if (typeof row !== 'object' || row === null) throw new ValidationError(plan.entity.table, 'an object');
}

function knownColumn(plan: EntityPlan, property: string): EntityColumn {
  const column = plan.entity.byProperty.get(property);
  if (column === undefined) throw new ValidationError(property, 'not a column');
  return column;
}

/** A column to set, to a value or by adding one. */
export interface SetTerm {
  readonly column: EntityColumn;
  readonly adds: boolean;
}

/** `SET` terms and values of a change; the text names the shape as well. */
export function encodeChanges(
  plan: EntityPlan,
  changes: DriverRow,
): { sets: string; terms: SetTerm[]; values: DriverValue[] } {
  requireObject(plan, changes);
  const values: DriverValue[] = [];
  const sets: string[] = [];
  const terms: SetTerm[] = [];
  for (const property in changes) {
    const column = knownColumn(plan, property);
    const value = changes[property];
    if (value === undefined) continue;
    if (column.spec.role !== 'plain') {
      throw new ValidationError(property, 'keys and versions cannot be set');
    }
    terms.push({ column, adds: value instanceof Increment });
    if (value instanceof Increment) {
      sets.push(`${column.quoted} = ${column.quoted} + ?`);
      values.push(encodeIncrement(column, value.by));
    } else {
      sets.push(`${column.quoted} = ?`);
      values.push(encodeInto({}, plan, column, value));
    }
  }
  if (sets.length === 0) throw new ValidationError('changes', 'at least one column');
  return { sets: sets.join(', '), terms, values };
}

/** Integers are bound as bigints: SQLite would otherwise add as floating point and lose the last digits. */
function encodeIncrement(column: EntityColumn, by: number | bigint): DriverValue {
  const { property, spec } = column;
  if (spec.kind === 'real') {
    if (typeof by === 'number') return by;
    throw new ValidationError(property, 'increment: a number');
  }
  if (spec.kind === 'bigint') {
    if (typeof by === 'bigint' && BigInt.asIntN(64, by) === by) return by;
    throw new ValidationError(property, 'increment: a 64-bit bigint');
  }
  if (spec.kind !== 'integer' && spec.kind !== 'timestamp') {
    throw new ValidationError(property, 'increment: number columns only');
  }
  if (typeof by !== 'number' || !Number.isSafeInteger(by)) {
    throw new ValidationError(property, 'increment: an integer within ±(2^53-1)');
  }
  return BigInt(by);
}
