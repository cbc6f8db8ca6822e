import type { DialectName } from '../database.ts';
import { encodeOperand, type DriverRow, type DriverValue } from '../entity/codec.ts';
import type { Entity, EntityColumn } from '../entity/entity.ts';
import { ValidationError } from '../errors.ts';
import type { Direction } from './conditions.ts';

const MAX_CURSOR_LENGTH = 8_192;
const MAX_ORDER_COLUMNS = 4;

/** An order with its tie-breaker, settled against the entity. */
export interface SettledOrder {
  readonly terms: readonly { readonly column: EntityColumn; readonly direction: Direction }[];
  /** Identifies the order; also part of every cursor, so that one of another order is refused. */
  readonly signature: string;
}

/**
 * Checks an order and appends the key. Throws ValidationError for columns that are unknown or unordered, or that can be
 * null where `where` does not leave nulls out.
 */
export function settleOrder(
  entity: Entity,
  order: readonly (readonly [string, Direction])[],
  where: object = {},
): SettledOrder {
  if (order.length > MAX_ORDER_COLUMNS)
    throw new ValidationError('order', `at most ${MAX_ORDER_COLUMNS} columns`);
  const terms: { column: EntityColumn; direction: Direction }[] = [];
  for (const [property, direction] of order) {
    const column = entity.byProperty.get(property);
    if (column === undefined)
      throw new ValidationError('order', `${property} is not a column of ${entity.table}`);
    if (column.spec.nullable && !leavesNullsOut(where, property)) {
      throw new ValidationError('order', `${property} can be null, unless a condition leaves nulls out`);
    }
    if (['json', 'blob', 'boolean'].includes(column.spec.kind)) {
      throw new ValidationError('order', `${property} has no order`);
    }
    if (direction !== 'asc' && direction !== 'desc') throw new ValidationError('order', 'asc or desc');
    if (terms.some((term) => term.column === column))
      throw new ValidationError('order', `${property} is named twice`);
    terms.push({ column, direction });
  }
  if (!terms.some((term) => term.column === entity.key)) {
    terms.push({ column: entity.key, direction: terms.at(-1)?.direction ?? 'asc' });
  }
  const signature = terms.map(({ column, direction }) => `${column.property}.${direction}`).join(',');
  return { terms, signature };
}

function leavesNullsOut(where: object, property: string): boolean {
  const condition: unknown = Object.entries(where).find(([name]) => name === property)?.[1];
  if (typeof condition !== 'object' || condition === null) return false;
  return ('isNull' in condition && condition.isNull === false) || 'startsWith' in condition;
}

/** Where a range of an index starts: the column, the sign of what bounds that end of it, and the value there. */
export interface RangeStart {
  readonly column: EntityColumn;
  readonly sign: '>' | '<';
  readonly value: DriverValue;
}

/** The condition "after the cursor", with the values to bind. */
export interface AfterCursor {
  readonly sql: string;
  readonly values: readonly DriverValue[];
  /**
   * What SQLite is to look up: of several bounds it takes the first it finds, and walks from there to the one that
   * counts. PostgreSQL finds that one by itself.
   */
  readonly start?: RangeStart | undefined;
}

/** Throws ValidationError when the cursor is foreign or damaged. */
export function afterCursor(order: SettledOrder, cursor: string, dialect: DialectName): AfterCursor {
  const values = cursorValues(order, cursor, dialect);
  const [first, ...others] = order.terms;
  const [value] = values;
  if (first === undefined || value === undefined || others.some((term) => term.direction !== first.direction))
    return mixedDirections(order, values);
  const sign = after(first.direction);
  const start = dialect === 'sqlite' ? { column: first.column, sign, value } : undefined;
  if (others.length === 0) return { sql: `${first.column.quoted} ${sign} ?`, values, start };
  const columns = order.terms.map(({ column }) => column.quoted).join(', ');
  const marks = order.terms.map(({ column }) => mark(column, dialect)).join(', ');
  return { sql: `(${columns}) ${sign} (${marks})`, values, start };
}

/** SQLite looks up a row value as far as its collations are the index's, and a rowid has none of its own. */
function mark({ spec }: EntityColumn, dialect: DialectName): string {
  return dialect === 'sqlite' && spec.role === 'key' ? '? COLLATE BINARY' : '?';
}

/** `a > ? OR (a = ? AND b < ?)`: row values cannot mix directions. */
function mixedDirections({ terms }: SettledOrder, operands: readonly DriverValue[]): AfterCursor {
  const alternatives = terms.map((term, depth) => {
    const equal = terms.slice(0, depth).map(({ column }) => `${column.quoted} = ? AND `);
    return `(${equal.join('')}${term.column.quoted} ${after(term.direction)} ?)`;
  });
  const values = operands.flatMap((_, depth) => operands.slice(0, depth + 1));
  return { sql: `(${alternatives.join(' OR ')})`, values };
}

function after(direction: Direction): RangeStart['sign'] {
  return direction === 'asc' ? '>' : '<';
}

/** The cursor that stands behind `row`. */
export function cursorOf(order: SettledOrder, row: DriverRow): string {
  const values = order.terms.map(({ column }) => {
    const value = row[column.property];
    return typeof value === 'bigint' ? String(value) : value;
  });
  return Buffer.from(JSON.stringify([order.signature, ...values])).toString('base64url');
}

/** Reads a cursor back into one value for each term. */
function cursorValues(order: SettledOrder, cursor: string, dialect: DialectName): DriverValue[] {
  const parts = parse(cursor);
  if (parts.length !== order.terms.length + 1 || parts[0] !== order.signature) {
    throw new ValidationError('cursor', 'a nextCursor of the same order');
  }
  return order.terms.map(({ column }, index) => {
    const value = parts[index + 1];
    try {
      return encodeOperand(column, column.spec.kind === 'bigint' ? toBigint(value) : value, dialect);
    } catch (error) {
      if (error instanceof ValidationError)
        throw new ValidationError('cursor', 'a nextCursor of the same order');
      throw error;
    }
  });
}

function toBigint(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? BigInt(value) : value;
}

function parse(cursor: unknown): readonly unknown[] {
  if (typeof cursor !== 'string' || cursor.length > MAX_CURSOR_LENGTH) {
    throw new ValidationError('cursor', `text of at most ${MAX_CURSOR_LENGTH} characters`);
  }
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts)) return parts;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ValidationError('cursor', 'a nextCursor of the same order');
}
