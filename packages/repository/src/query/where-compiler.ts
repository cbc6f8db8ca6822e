import type { DialectName } from '../database.ts';
import { encodeOperand, type DriverValue } from '../entity/codec.ts';
import type { Entity, EntityColumn } from '../entity/entity.ts';
import { ValidationError } from '../errors.ts';
import type { RangeStart } from './cursor.ts';
import { afterPrefix } from './prefix.ts';

const MAX_TERMS = 100;
const MAX_DEPTH = 8;
const MAX_LIST = 1_000;

const operators: Readonly<Record<string, string>> = { lt: '<', lte: '<=', gt: '>', gte: '>=' };

/** A condition as SQL with `?` placeholders (empty: every row), with the values to bind appended. */
export class WhereCompiler {
  readonly values: DriverValue[] = [];
  readonly #entity: Entity;
  readonly #dialect: DialectName;
  readonly #start: RangeStart | undefined;
  #terms = 0;

  /** With `start`, bounds that it lies beyond are checked, but not looked up in an index. */
  constructor(entity: Entity, dialect: DialectName, start?: RangeStart) {
    this.#entity = entity;
    this.#dialect = dialect;
    this.#start = start;
  }

  /** Compiles `where`; throws ValidationError on unknown properties, operators, undefined and bad values. */
  compile(where: unknown, depth = 0): string {
    if (typeof where !== 'object' || where === null || Array.isArray(where)) {
      throw new ValidationError('where', 'an object of conditions');
    }
    if (depth > MAX_DEPTH) throw new ValidationError('where', `at most ${MAX_DEPTH} levels deep`);
    let sql = '';
    for (const [property, condition] of Object.entries(where)) {
      const term = this.#property(property, condition, depth);
      if (term !== '') sql = sql === '' ? term : `${sql} AND ${term}`;
    }
    return sql;
  }

  #property(property: string, condition: unknown, depth: number): string {
    this.#terms += 1;
    if (this.#terms > MAX_TERMS) throw new ValidationError('where', `at most ${MAX_TERMS} conditions`);
    if (condition === undefined) throw new ValidationError(property, 'undefined is no condition');
    if (property === 'and' || property === 'or') return this.#list(property, condition, depth);
    if (property === 'not') return this.#negation(this.compile(condition, depth + 1));
    const column = this.#entity.byProperty.get(property);
    if (column === undefined) throw new ValidationError(property, `not a column of ${this.#entity.table}`);
    if (isComparison(condition)) return this.#comparison(column, condition);
    return this.#equal(column, condition);
  }

  #list(kind: 'and' | 'or', conditions: unknown, depth: number): string {
    if (!Array.isArray(conditions)) throw new ValidationError(kind, 'a list of conditions');
    const parts = conditions.map((part) => this.compile(part, depth + 1));
    if (kind === 'and') {
      const kept = parts.filter((part) => part !== '');
      return kept.map((part) => `(${part})`).join(' AND ');
    }
    if (parts.length === 0) return 'FALSE';
    return `(${parts.map((part) => (part === '' ? 'TRUE' : `(${part})`)).join(' OR ')})`;
  }

  /** Two-valued: what is not true is false, so nulls do not vanish from both a condition and its negation. */
  #negation(condition: string): string {
    return condition === '' ? 'FALSE' : `NOT COALESCE((${condition}), FALSE)`;
  }

  #comparison(column: EntityColumn, comparison: Readonly<Record<string, unknown>>): string {
    const terms = Object.entries(comparison).map(([operator, operand]) => {
      if (operand === undefined)
        throw new ValidationError(column.property, `${operator}: undefined is no value`);
      return this.#operation(column, operator, operand);
    });
    if (terms.length === 0) throw new ValidationError(column.property, 'a value or a comparison');
    return terms.join(' AND ');
  }

  #operation(column: EntityColumn, operator: string, operand: unknown): string {
    const { quoted, property, spec } = column;
    if (operator === 'eq') return this.#equal(column, operand);
    if (operator === 'isNull') {
      if (typeof operand !== 'boolean') throw new ValidationError(property, 'isNull: true or false');
      return operand ? `${quoted} IS NULL` : `${quoted} IS NOT NULL`;
    }
    if (spec.kind === 'json') throw new ValidationError(property, 'JSON columns take only isNull');
    if (operator === 'ne') return this.#notEqual(column, operand);
    if (operator === 'in') return this.#in(column, operand);
    if (operator === 'startsWith') return this.#startsWith(column, operand);
    const sign = operators[operator];
    if (sign === undefined) throw new ValidationError(property, `no operator ${operator}`);
    return this.#bound(column, sign, operand);
  }

  /** SQLite looks up no column behind a unary plus. */
  #bound(column: EntityColumn, sign: string, operand: unknown): string {
    const value = this.#bind(column, operand);
    const isOnlyChecked = this.#start !== undefined && isImplied(this.#start, column, sign, value);
    return `${isOnlyChecked ? '+' : ''}${column.quoted} ${sign} ?`;
  }

  #equal(column: EntityColumn, value: unknown): string {
    if (value === null) return `${column.quoted} IS NULL`;
    this.#bind(column, value);
    return `${column.quoted} = ?`;
  }

  #notEqual(column: EntityColumn, value: unknown): string {
    if (value === null) return `${column.quoted} IS NOT NULL`;
    this.#bind(column, value);
    return `${column.quoted} IS DISTINCT FROM ?`;
  }

  /** Pads the list to a power of two, so that there are only eleven shapes of it to prepare. */
  #in(column: EntityColumn, list: unknown): string {
    if (!Array.isArray(list)) throw new ValidationError(column.property, 'in: a list of values');
    if (list.length > MAX_LIST) throw new ValidationError(column.property, `in: at most ${MAX_LIST} values`);
    if (list.length === 0) return 'FALSE';
    const padded = 2 ** Math.ceil(Math.log2(list.length));
    for (let index = 0; index < padded; index += 1)
      this.#bind(column, list[Math.min(index, list.length - 1)]);
    return `${column.quoted} IN (${'?, '.repeat(padded - 1)}?)`;
  }

  #startsWith(column: EntityColumn, prefix: unknown): string {
    const { spec, property } = column;
    if (spec.kind !== 'text') throw new ValidationError(property, 'startsWith: text columns only');
    if (typeof prefix !== 'string') throw new ValidationError(property, 'startsWith: text');
    const begin = this.#bound(column, '>=', prefix);
    const end = afterPrefix(prefix);
    return end === undefined ? begin : `${begin} AND ${this.#bound(column, '<', end)}`;
  }

  /** Operands must have the column's type, but not its range: `level > -1` is a fair question. */
  #bind(column: EntityColumn, value: unknown): DriverValue {
    if (value === null || value === undefined)
      throw new ValidationError(column.property, 'null cannot be compared');
    if (column.spec.kind === 'json')
      throw new ValidationError(column.property, 'JSON columns take only isNull');
    const bound = encodeOperand(column, value, this.#dialect);
    this.values.push(bound);
    return bound;
  }
}

/** Compares text by UTF-16 unit: only what is looked up depends on it. */
function isImplied(start: RangeStart, column: EntityColumn, sign: string, value: DriverValue): boolean {
  if (column !== start.column || !sign.startsWith(start.sign)) return false;
  if (value === null || start.value === null) return false;
  return start.sign === '>' ? value <= start.value : value >= start.value;
}

function isComparison(condition: unknown): condition is Readonly<Record<string, unknown>> {
  return typeof condition === 'object' && condition !== null && !(condition instanceof Uint8Array);
}
