import { encodeOperand, encodeValue, type DriverRow, type DriverValue } from '../entity/codec.ts';
import type { Entity, KeyOf, NewRow, Row } from '../entity/entity.ts';
import { NotFound, ValidationError, VersionConflict } from '../errors.ts';
import type { Changes, Repository, UpsertOptions, VersionCheck } from '../repository.ts';
import type { FindQuery, Order, Page, Where } from './conditions.ts';
import { planOf, type EntityPlan } from './entity-plan.ts';
import type { Executor } from './executor.ts';
import { EntityReader } from './entity-reader.ts';
import { gatheredUpdate } from './gathered-update.ts';
import { encodeChanges, encodeInto, encodeNewRow, isAbsentKey, refuseUnknown } from './row-writer.ts';
import { conflictClause } from './upsert.ts';
import { WhereCompiler } from './where-compiler.ts';

const MAX_BATCH = 10_000;

/** The one implementation of Repository; what differs between databases is behind Executor. */
export class EntityRepository<E extends Entity> implements Repository<E> {
  readonly entity: E;
  readonly #plan: EntityPlan;
  readonly #executor: Executor;
  readonly #reader: EntityReader<E>;

  constructor(entity: E, executor: Executor) {
    this.entity = entity;
    this.#plan = planOf(entity, executor.dialect);
    this.#executor = executor;
    this.#reader = new EntityReader(this.#plan, executor);
  }

  async save(row: NewRow<E>): Promise<Row<E>> {
    const given: DriverRow = row;
    const { key, version, table } = this.entity;
    if (key.spec.generated ? isAbsentKey(given[key.property]) : this.#isFirstVersion(given)) {
      return this.insert(row);
    }
    if (version !== undefined && typeof given[version.property] !== 'number') {
      throw new ValidationError(version.property, `required to update ${table}`);
    }
    return this.#updateGiven(given);
  }

  #isFirstVersion(given: DriverRow): boolean {
    const { version, key, table } = this.entity;
    if (version === undefined) {
      throw new ValidationError(key.property, `${table} has no version: use insert, update or upsert`);
    }
    return given[version.property] === undefined || given[version.property] === 0;
  }

  /** All changeable columns at once is the prepared hot path; the row then needs no reading back. */
  async #updateGiven(given: DriverRow): Promise<Row<E>> {
    const { key, version } = this.entity;
    refuseUnknown(this.#plan, given);
    const stored: DriverRow = {};
    const values: DriverValue[] = [];
    for (const column of this.entity.columns) {
      const value = given[column.property];
      if (column.spec.role !== 'plain') stored[column.property] = value;
      else if (value === undefined) return this.#updateSome(given);
      else values.push(encodeInto(stored, this.#plan, column, value));
    }
    const id = given[key.property];
    values.push(encodeValue(key, id, this.#plan.dialect));
    const expected = version === undefined ? undefined : Number(given[version.property]);
    if (version !== undefined && expected !== undefined) {
      values.push(encodeValue(version, expected, this.#plan.dialect));
      stored[version.property] = expected + 1;
    }
    const changed = await this.#executor.runByKey(this.#plan.updateRow, values);
    if (!changed) throw await this.#whyUnchanged(id, expected);
    return this.#asRow(stored);
  }

  #updateSome(given: DriverRow): Promise<Row<E>> {
    const { key, version } = this.entity;
    const changes = { ...given };
    delete changes[key.property];
    if (version === undefined) return this.#update(given[key.property], changes, undefined);
    delete changes[version.property];
    return this.#update(given[key.property], changes, Number(given[version.property]));
  }

  async insert(row: NewRow<E>): Promise<Row<E>> {
    const { values, stored } = encodeNewRow(this.#plan, row, () => this.#executor.now());
    const key = await this.#executor.insert(this.#plan.insertRow, values);
    return this.#withKey(stored, key);
  }

  async insertIfAbsent(row: NewRow<E>): Promise<Row<E> | undefined> {
    const plan = this.#plan;
    const { values } = encodeNewRow(plan, row, () => this.#executor.now());
    const query = plan.write(
      'insertIfAbsent',
      () => `${plan.insertSql()} ON CONFLICT DO NOTHING${plan.returningRow()}`,
    );
    return this.#executor.get(query, values, (found) => this.#decode(found));
  }

  async insertMany(rows: readonly NewRow<E>[]): Promise<Row<E>[]> {
    if (rows.length > MAX_BATCH) throw new ValidationError('rows', `at most ${MAX_BATCH}`);
    if (rows.length === 0) throw new ValidationError('rows', 'at least 1');
    const encoded = rows.map((row) => encodeNewRow(this.#plan, row, () => this.#executor.now()));
    const keys = await this.#executor.insertEach(
      this.#plan.insertEach,
      encoded.map(({ values }) => values),
    );
    return encoded.map(({ stored }, index) => this.#withKey(stored, keys[index]));
  }

  async upsert(row: NewRow<E>, options: UpsertOptions<E> = {}): Promise<Row<E>> {
    const plan = this.#plan;
    const { values } = encodeNewRow(plan, row, () => this.#executor.now());
    const clause = conflictClause(plan, row, options);
    const query = plan.write(`upsert ${clause}`, () => `${plan.insertSql()}${clause}${plan.returningRow()}`);
    const stored = await this.#executor.get(query, values, (found) => this.#decode(found));
    if (stored === undefined) throw new NotFound(this.entity.table, 'upserted row');
    return stored;
  }

  update(id: KeyOf<E>, changes: Changes<E>, check: VersionCheck = {}): Promise<Row<E>> {
    return this.#update(id, changes, check.version);
  }

  async #update(id: unknown, changes: DriverRow, expected: number | undefined): Promise<Row<E>> {
    const plan = this.#plan;
    const { sets, terms, values } = encodeChanges(plan, changes);
    const target = this.#target(id, expected);
    const keyIndex = values.length;
    values.push(...target.values);
    const change = plan.change(`update ${sets} ${target.sql}`, keyIndex, {
      one: () =>
        `UPDATE ${plan.table} SET ${this.#stepping(sets)} WHERE ${target.sql}${plan.returningChanged()}`,
      many: () => gatheredUpdate(plan, terms, expected !== undefined) + plan.returningRow(),
    });
    const row = await this.#executor.changeByKey(change, values, (found) => this.#decode(found));
    if (row === undefined) throw await this.#whyUnchanged(id, expected);
    return row;
  }

  async updateWhere(where: Where<E>, changes: Changes<E>): Promise<number> {
    const plan = this.#plan;
    const { sets, values } = encodeChanges(plan, changes);
    const condition = this.#deliberate(where);
    values.push(...condition.values);
    const query = plan.write(
      `updateWhere ${sets} ${condition.sql}`,
      () => `UPDATE ${plan.table} SET ${this.#stepping(sets)}${condition.sql}`,
    );
    return this.#executor.run(query, values);
  }

  async delete(id: KeyOf<E>, check: VersionCheck = {}): Promise<boolean> {
    const plan = this.#plan;
    const target = this.#target(id, check.version);
    const query = plan.write(`delete ${target.sql}`, () => `DELETE FROM ${plan.table} WHERE ${target.sql}`);
    const deleted = await this.#executor.run(query, target.values);
    if (deleted > 0) return true;
    if (check.version === undefined) return false;
    const reason = await this.#whyUnchanged(id, check.version);
    if (reason instanceof NotFound) return false;
    throw reason;
  }

  async deleteWhere(where: Where<E>): Promise<number> {
    const condition = this.#deliberate(where);
    const sql = `DELETE FROM ${this.#plan.table}${condition.sql}`;
    return this.#executor.run(
      this.#plan.write(sql, () => sql),
      condition.values,
    );
  }

  findById(id: KeyOf<E>): Promise<Row<E> | undefined> {
    return this.#reader.findById(id);
  }

  async getById(id: KeyOf<E>): Promise<Row<E>> {
    const row = await this.#reader.findById(id);
    if (row === undefined) throw new NotFound(this.entity.table, id);
    return row;
  }

  findByIds(ids: readonly KeyOf<E>[]): Promise<Row<E>[]> {
    return this.#reader.findByIds(ids);
  }

  findOne(where: Where<E>, order?: Order<E>): Promise<Row<E> | undefined> {
    return this.#reader.findOne(where, order);
  }

  findMany(query: FindQuery<E> = {}): Promise<Page<Row<E>>> {
    return this.#reader.findMany(query);
  }

  findAll(query: FindQuery<E> = {}): AsyncIterableIterator<Row<E>> {
    return this.#reader.findAll(query);
  }

  count(where?: Where<E>): Promise<number> {
    return this.#reader.count(where);
  }

  exists(where: Where<E>): Promise<boolean> {
    return this.#reader.exists(where);
  }

  #target(id: unknown, expected: number | undefined): { sql: string; values: DriverValue[] } {
    const { key, version, table } = this.entity;
    const { dialect } = this.#plan;
    if (id === undefined || id === null) throw new ValidationError(key.property, 'required');
    const values = [encodeOperand(key, id, dialect)];
    if (expected === undefined) return { sql: `${key.quoted} = ?`, values };
    if (version === undefined) throw new ValidationError('version', `${table} has no version column`);
    values.push(encodeOperand(version, expected, dialect));
    return { sql: `${key.quoted} = ? AND ${version.quoted} = ?`, values };
  }

  /** A condition for a write: refuses the empty one, which is rarely meant. */
  #deliberate(where: Where<E>): { sql: string; values: DriverValue[] } {
    const compiler = new WhereCompiler(this.entity, this.#plan.dialect);
    const sql = compiler.compile(where);
    if (Object.keys(where).length === 0)
      throw new ValidationError('where', 'empty; use everyRow if that is meant');
    return { sql: sql === '' ? '' : ` WHERE ${sql}`, values: compiler.values };
  }

  #stepping(sets: string): string {
    const step = this.#plan.versionStep();
    return step === '' ? sets : `${sets}, ${step}`;
  }

  async #whyUnchanged(id: unknown, expected: number | undefined): Promise<NotFound | VersionConflict> {
    const { table, key } = this.entity;
    const value = encodeOperand(key, id, this.#plan.dialect);
    const found = await this.#executor.getByKey(this.#plan.byKey, value, () => true);
    if (found === undefined || expected === undefined) return new NotFound(table, id);
    return new VersionConflict(table, id, expected);
  }

  #withKey(stored: DriverRow, made: unknown): Row<E> {
    const { key } = this.entity;
    if (!key.spec.generated) return this.#asRow(stored);
    stored[key.property] = key.spec.kind === 'bigint' ? BigInt(String(made)) : Number(made);
    return this.#asRow(stored);
  }

  #decode(found: DriverRow): Row<E> {
    return this.#asRow(this.#plan.decode(found));
  }

  /** The plan made this row from the entity's own columns, which is what Row<E> describes. */
  #asRow(row: DriverRow): Row<E> {
    return row as Row<E>;
  }
}
