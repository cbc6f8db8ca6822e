import type { DialectName, Transaction, TransactionOptions } from '../database.ts';
import type { DriverRow, DriverValue } from '../entity/codec.ts';
import type { Entity } from '../entity/entity.ts';
import { TransactionMisuse } from '../errors.ts';
import { EntityRepository } from '../query/entity-repository.ts';
import type { CompiledQuery, Executor, KeyChange, KeyQueries } from '../query/executor.ts';
import type { Repository } from '../repository.ts';
import { requireSqlValues, type SqlResult, type SqlTag } from '../sql-tag.ts';
import { TransactionState } from '../transaction-state.ts';
import type { PostgresConnection } from './connection.ts';
import { postgresError, worthRunningAgain } from './errors.ts';
import { changesOf, columnsOf, templateQuery } from './statements.ts';
import type { PostgresResult } from './values.ts';

const MAX_LEVEL = 16;

/** What the levels of one transaction share. */
export interface ScopeBase {
  readonly connection: PostgresConnection;
  readonly now: () => number;
  readonly timeoutMs: number;
}

/** The handle of an open PostgreSQL transaction, or of a savepoint in it. */
export class PostgresScope implements Transaction, Executor {
  readonly inTransaction = true;
  readonly dialect: DialectName = 'postgres';
  readonly state: TransactionState;
  readonly #base: ScopeBase;
  readonly #level: number;

  constructor(base: ScopeBase, state: TransactionState, level = 0) {
    this.#base = base;
    this.state = state;
    this.#level = level;
  }

  now(): number {
    return this.#base.now();
  }

  repository<E extends Entity>(entity: E): Repository<E> {
    return new EntityRepository(entity, this);
  }

  readonly sql: SqlTag = async <R>(text: TemplateStringsArray, ...values: readonly unknown[]) => {
    requireSqlValues(values);
    const result = await this.#query(templateQuery(text), [...values]);
    // The caller's word about its columns; see SqlTag.
    return { rows: result.rows, changes: changesOf(result) } as SqlResult<R>;
  };

  async get<T>(
    query: CompiledQuery,
    values: DriverValue[],
    decode: (row: DriverRow) => T,
  ): Promise<T | undefined> {
    const [row] = (await this.#query(query, values)).rows;
    return row === undefined ? undefined : decode(row);
  }

  getByKey<T>(queries: KeyQueries, key: DriverValue, decode: (row: DriverRow) => T): Promise<T | undefined> {
    return this.get(queries.one, [key], decode);
  }

  changeByKey<T>(
    change: KeyChange,
    values: DriverValue[],
    decode: (row: DriverRow) => T,
  ): Promise<T | undefined> {
    return this.get(change.one, values, decode);
  }

  async runByKey(change: KeyChange, values: DriverValue[]): Promise<boolean> {
    return (await this.run(change.one, values)) > 0;
  }

  async all<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T[]> {
    const { rows } = await this.#query(query, values);
    return rows.map((row) => decode(row));
  }

  async run(query: CompiledQuery, values: DriverValue[]): Promise<number> {
    return (await this.#query(query, values)).rowCount ?? 0;
  }

  async insert(query: CompiledQuery, values: DriverValue[]): Promise<unknown> {
    return (await this.#query(query, values)).rows[0]?.['key'];
  }

  async insertEach(query: CompiledQuery, rows: DriverValue[][]): Promise<unknown[]> {
    return keysOf(await this.#query(query, columnsOf(rows)));
  }

  /** A savepoint inside this transaction; options are those of the outermost. */
  async transaction<T>(body: (inner: Transaction) => Promise<T>, _options?: TransactionOptions): Promise<T> {
    if (this.#level >= MAX_LEVEL) throw new TransactionMisuse(`transactions nest at most ${MAX_LEVEL} deep`);
    this.state.enterInner();
    const state = new TransactionState(this.state.readOnly, this.state);
    const inner = new PostgresScope(this.#base, state, this.#level + 1);
    try {
      return await inner.performInner(body);
    } finally {
      this.state.leaveInner();
    }
  }

  /** Runs `body` in a savepoint: released when it fulfils, rolled back when it rejects. */
  async performInner<T>(body: (inner: Transaction) => Promise<T>): Promise<T> {
    const savepoint = `level_${this.#level}`;
    await this.#control(`SAVEPOINT ${savepoint}`);
    try {
      const result = await body(this);
      this.state.requireCommittable();
      await this.#control(`RELEASE ${savepoint}`);
      return result;
    } catch (error) {
      if (!this.state.ended) await this.#control(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
      throw error;
    } finally {
      this.state.close();
    }
  }

  async #control(text: string): Promise<void> {
    const { connection, timeoutMs } = this.#base;
    try {
      await connection.script(text);
    } catch (error) {
      const failure = postgresError(error, { outcomeUnknown: false, timeoutMs });
      this.state.doom(failure);
      throw failure;
    }
  }

  async #query(
    query: CompiledQuery,
    values: readonly (DriverValue | readonly DriverValue[])[],
  ): Promise<PostgresResult> {
    // A read-only transaction is PostgreSQL's own; it knows better which statements write.
    this.state.requireUsable(false);
    const { connection, timeoutMs } = this.#base;
    try {
      return await connection.query(query, values);
    } catch (error) {
      // Before COMMIT a broken connection means a rolled back transaction, so nothing is in doubt.
      const failure = postgresError(error, { entity: query.entity, outcomeUnknown: false, timeoutMs });
      if (worthRunningAgain(failure)) this.state.doom(failure);
      else this.state.fail(failure);
      throw failure;
    }
  }
}

/** Keys the database made for rows inserted in order; they rise in that order. */
export function keysOf(result: PostgresResult): unknown[] {
  return result.rows.map((row) => row['key']);
}
