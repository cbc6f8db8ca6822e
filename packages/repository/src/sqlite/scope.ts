import type { DialectName, Transaction, TransactionOptions } from '../database.ts';
import type { DriverRow, DriverValue } from '../entity/codec.ts';
import type { Entity } from '../entity/entity.ts';
import { RepositoryError } from '../errors.ts';
import { EntityRepository } from '../query/entity-repository.ts';
import type { CompiledQuery, Executor, KeyChange, KeyQueries } from '../query/executor.ts';
import type { Repository } from '../repository.ts';
import { requireSqlValues, type SqlResult, type SqlTag } from '../sql-tag.ts';
import { TransactionState } from '../transaction-state.ts';
import type { SqliteConnection } from './connection.ts';
import { sqliteError } from './errors.ts';
import { bindable, templateQuery } from './template.ts';
import type { TurnShare } from './turn-share.ts';

/**
 * The handle of an open SQLite transaction: a savepoint of the writer's group, or a reader's snapshot. In a group every
 * call runs at once and gives a settled promise, so a body that awaits only its handle never leaves the microtask
 * queue, and no other write can come in between. A snapshot is nobody else's: it gives way when its share of a turn
 * is used up.
 */
export class SqliteScope implements Transaction, Executor {
  readonly inTransaction = true;
  readonly dialect: DialectName = 'sqlite';
  readonly state: TransactionState;
  readonly now: () => number;
  readonly #connection: SqliteConnection;
  readonly #depth: number;
  readonly #share: TurnShare | undefined;

  /** @param share of a snapshot; undefined in a group of writes, which nothing may interrupt */
  constructor(
    connection: SqliteConnection,
    state: TransactionState,
    now: () => number,
    share?: TurnShare,
    depth = 0,
  ) {
    this.#connection = connection;
    this.state = state;
    this.now = now;
    this.#share = share;
    this.#depth = depth;
  }

  repository<E extends Entity>(entity: E): Repository<E> {
    return new EntityRepository(entity, this);
  }

  readonly sql: SqlTag = async <R>(text: TemplateStringsArray, ...values: readonly unknown[]) => {
    requireSqlValues(values);
    const query = templateQuery(this.#connection, text);
    // The caller's word about its columns; see SqlTag.
    return this.#attempt(query, () => this.#connection.sql(query, bindable(values)) as SqlResult<R>);
  };

  get<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T | undefined> {
    return this.#attempt(query, () => {
      const row = this.#connection.get(query, values);
      return row === undefined ? undefined : decode(row);
    });
  }

  getByKey<T>(queries: KeyQueries, key: DriverValue, decode: (row: DriverRow) => T): Promise<T | undefined> {
    return this.get(queries.one, [key], decode);
  }

  changeByKey<T>(
    change: KeyChange,
    values: DriverValue[],
    decode: (row: DriverRow) => T,
  ): Promise<T | undefined> {
    return this.#attempt(change.one, () => {
      const row = this.#connection.change(change, values);
      return row === undefined ? undefined : decode(row);
    });
  }

  async runByKey(change: KeyChange, values: DriverValue[]): Promise<boolean> {
    return (await this.run(change.one, values)) > 0;
  }

  all<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T[]> {
    return this.#attempt(query, () => this.#connection.all(query, values).map((row) => decode(row)));
  }

  run(query: CompiledQuery, values: DriverValue[]): Promise<number> {
    return this.#attempt(query, () => this.#connection.run(query, values));
  }

  insert(query: CompiledQuery, values: DriverValue[]): Promise<unknown> {
    return this.#attempt(query, () => this.#connection.insert(query, values));
  }

  insertEach(query: CompiledQuery, rows: DriverValue[][]): Promise<unknown[]> {
    return this.#attempt(query, () => rows.map((values) => this.#connection.insert(query, values)));
  }

  /** A savepoint inside this transaction; options are those of the outermost. */
  async transaction<T>(body: (inner: Transaction) => Promise<T>, _options?: TransactionOptions): Promise<T> {
    this.state.enterInner();
    const state = new TransactionState(this.state.readOnly, this.state);
    const inner = new SqliteScope(this.#connection, state, this.now, this.#share, this.#depth + 1);
    try {
      return await inner.perform(body);
    } finally {
      this.state.leaveInner();
    }
  }

  /** Runs `body` in a savepoint: released when it fulfils, rolled back when it rejects. */
  async perform<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.#connection.savepoint(this.#depth);
    try {
      const result = await body(this);
      this.state.requireCommittable();
      this.#connection.release(this.#depth);
      return result;
    } catch (error) {
      this.undo();
      throw error;
    } finally {
      this.state.close();
    }
  }

  /** Rolls back and closes the handle, unless that was done; the body may still be running. */
  undo(): void {
    if (this.state.ended) return;
    this.state.close();
    this.#connection.undo(this.#depth);
  }

  #attempt<T>(query: CompiledQuery, work: () => T): Promise<T> {
    const share = this.#share;
    if (share?.isUsedUp === true) return share.giveWay().then(() => this.#now(query, work));
    return this.#now(query, work);
  }

  #now<T>(query: CompiledQuery, work: () => T): Promise<T> {
    try {
      this.state.requireUsable(query.writes);
      return Promise.resolve(work());
    } catch (error) {
      const failure = sqliteError(error, query.entity);
      // A full disk or an I/O failure ends the whole group; whatever ran after it would be outside of any.
      if (!this.#connection.inTransaction) this.state.doom(failure);
      else if (!(error instanceof RepositoryError)) this.state.fail(failure);
      return Promise.reject(failure);
    }
  }
}
