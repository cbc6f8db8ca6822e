import { encodeOperand, type DriverRow, type DriverValue } from '../entity/codec.ts';
import type { Entity, KeyOf, Row } from '../entity/entity.ts';
import { ValidationError } from '../errors.ts';
import type { FindQuery, Order, Page, Where } from './conditions.ts';
import { afterCursor, cursorOf, settleOrder, type RangeStart, type SettledOrder } from './cursor.ts';
import type { EntityPlan } from './entity-plan.ts';
import type { Executor } from './executor.ts';
import { WhereCompiler } from './where-compiler.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** The reading half of a repository. */
export class EntityReader<E extends Entity> {
  readonly #plan: EntityPlan;
  readonly #executor: Executor;
  readonly #toRow: (found: DriverRow) => Row<E>;

  constructor(plan: EntityPlan, executor: Executor) {
    this.#plan = plan;
    this.#executor = executor;
    // The plan selects exactly the entity's columns and decodes each, which is what Row<E> describes.
    this.#toRow = (found) => plan.decode(found) as Row<E>;
  }

  /** The hot path: no `async`, so that a row costs one promise. */
  findById(id: KeyOf<E>): Promise<Row<E> | undefined> {
    const { key } = this.#plan.entity;
    try {
      const value = encodeOperand(key, id, this.#plan.dialect);
      return this.#executor.getByKey(this.#plan.byKey, value, this.#toRow);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async findByIds(ids: readonly KeyOf<E>[]): Promise<Row<E>[]> {
    const { key } = this.#plan.entity;
    if (ids.length > MAX_LIMIT) throw new ValidationError('ids', `at most ${MAX_LIMIT}`);
    if (ids.length === 0) return [];
    const { sql, values } = this.#condition({ [key.property]: { in: ids } });
    const query = this.#plan.read(`many ${sql}`, () => `${this.#plan.select()}${sql}`);
    const rows = await this.#executor.all(query, values, this.#toRow);
    const byKey = new Map(rows.map((row) => [this.#keyOf(row), row]));
    return ids.map((id) => byKey.get(id)).filter((row) => row !== undefined);
  }

  #keyOf(row: Row<E>): unknown {
    const fields: DriverRow = row;
    return fields[this.#plan.entity.key.property];
  }

  async findOne(where: Where<E>, order?: Order<E>): Promise<Row<E> | undefined> {
    const { sql, values } = this.#condition(where);
    const settled = settleOrder(this.#plan.entity, order ?? [], where);
    const query = this.#plan.read(
      `one ${settled.signature} ${sql}`,
      () => `${this.#plan.select()}${sql}${orderBy(settled)} LIMIT 1`,
    );
    return this.#executor.get(query, values, this.#toRow);
  }

  async findMany(query: FindQuery<E>): Promise<Page<Row<E>>> {
    const limit = requireLimit(query.limit);
    const order = settleOrder(this.#plan.entity, query.order ?? [], query.where);
    const { sql, values } = this.#paged(query, order);
    const statement = this.#plan.read(
      `page ${order.signature} ${sql}`,
      () => `${this.#plan.select()}${sql}${orderBy(order)} LIMIT ?`,
    );
    const items = await this.#executor.all(statement, [...values, limit + 1], this.#toRow);
    if (items.length <= limit) return { items, nextCursor: null };
    items.pop();
    const last = items.at(-1);
    return { items, nextCursor: last === undefined ? null : cursorOf(order, last) };
  }

  async *findAll(query: FindQuery<E>): AsyncIterableIterator<Row<E>> {
    let { cursor } = query;
    do {
      const page = await this.findMany({ ...query, cursor });
      yield* page.items;
      cursor = page.nextCursor;
      if (cursor !== null) await this.#executor.pause?.();
    } while (cursor !== null);
  }

  async count(where?: Where<E>): Promise<number> {
    const { sql, values } = this.#condition(where ?? {});
    const text = `SELECT count(*) AS "n" FROM ${this.#plan.table}${sql}`;
    const query = this.#plan.read(text, () => text);
    return (await this.#executor.get(query, values, (row) => Number(row['n']))) ?? 0;
  }

  async exists(where: Where<E>): Promise<boolean> {
    const { sql, values } = this.#condition(where);
    const text = `SELECT 1 AS "n" FROM ${this.#plan.table}${sql} LIMIT 1`;
    const query = this.#plan.read(text, () => text);
    return (await this.#executor.get(query, values, () => true)) ?? false;
  }

  #condition(where: unknown, start?: RangeStart): { sql: string; values: DriverValue[] } {
    const compiler = new WhereCompiler(this.#plan.entity, this.#plan.dialect, start);
    const sql = compiler.compile(where);
    return { sql: sql === '' ? '' : ` WHERE ${sql}`, values: compiler.values };
  }

  #paged(query: FindQuery<E>, order: SettledOrder): { sql: string; values: DriverValue[] } {
    const { where = {}, cursor } = query;
    if (cursor === undefined || cursor === null) return this.#condition(where);
    const after = afterCursor(order, cursor, this.#plan.dialect);
    const { sql, values } = this.#condition(where, after.start);
    values.push(...after.values);
    return { sql: sql === '' ? ` WHERE ${after.sql}` : `${sql} AND ${after.sql}`, values };
  }
}

function orderBy({ terms }: SettledOrder): string {
  const list = terms.map(
    ({ column, direction }) => `${column.quoted} ${direction === 'asc' ? 'ASC' : 'DESC'}`,
  );
  return ` ORDER BY ${list.join(', ')}`;
}

function requireLimit(limit: number = DEFAULT_LIMIT): number {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new ValidationError('limit', `an integer from 1 to ${MAX_LIMIT}`);
  }
  return limit;
}
