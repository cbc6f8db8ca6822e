import type { Clock, Rng } from '@hanok/service-kit';
import { backoffMs } from '../backoff.ts';
import type {
  Capabilities,
  Database,
  DatabaseStats,
  DialectName,
  Transaction,
  TransactionOptions,
} from '../database.ts';
import { deadlineIn, leftMs, settleOptions, within, type Deadline } from '../deadline.ts';
import type { DriverRow, DriverValue } from '../entity/codec.ts';
import type { Entity } from '../entity/entity.ts';
import { DeadlineExceeded, TransactionAborted, Unsupported } from '../errors.ts';
import type { Migration, MigrationReport, MigrationStatus } from '../migrations/migration.ts';
import { migrate, migrationStatus } from '../migrations/runner.ts';
import { requireSchema } from '../migrations/schema-check.ts';
import type { ConnectionPool } from '../pool.ts';
import { EntityRepository } from '../query/entity-repository.ts';
import type { CompiledQuery, Executor, KeyChange, KeyQueries } from '../query/executor.ts';
import type { Repository } from '../repository.ts';
import { requireSqlValues, type SqlResult, type SqlTag } from '../sql-tag.ts';
import { TransactionState } from '../transaction-state.ts';
import type { PostgresConnection } from './connection.ts';
import { postgresError, worthRunningAgain } from './errors.ts';
import { ChangeGatherer } from './change-gatherer.ts';
import { KeyGatherer } from './key-gatherer.ts';
import { postgresMigrationStore, postgresTables } from './migrations.ts';
import { keysOf, PostgresScope } from './scope.ts';
import { changesOf, columnsOf, templateQuery } from './statements.ts';
import { Turnstile } from './turnstile.ts';
import type { PostgresResult } from './values.ts';

/** What `openPostgres` puts together. */
export interface PostgresParts {
  readonly url: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly pool: ConnectionPool<PostgresConnection>;
  readonly timeoutMs: number;
}

/** Single statements are run again this often when that is safe: rolled back, or never sent. */
const STATEMENT_RETRIES = 3;
const isolationLevels = {
  serializable: 'SERIALIZABLE',
  'repeatable-read': 'REPEATABLE READ',
  'read-committed': 'READ COMMITTED',
} as const;

/** An open PostgreSQL database. */
export class PostgresDatabase implements Database, Executor {
  readonly dialect: DialectName = 'postgres';
  readonly url: string;
  readonly capabilities: Capabilities = { shared: true, readsDuringWrites: true, backup: false };
  readonly now: () => number;
  readonly #parts: PostgresParts;
  readonly #again: Turnstile;
  readonly #keys = new KeyGatherer((query, values) => this.#query(query, values));
  readonly #changes = new ChangeGatherer((query, values) => this.#query(query, values));
  #closing: Promise<void> | undefined;

  constructor(parts: PostgresParts) {
    this.#again = new Turnstile(parts.clock);
    this.#parts = parts;
    this.url = parts.url;
    this.now = () => parts.clock.now();
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

  async getByKey<T>(
    queries: KeyQueries,
    key: DriverValue,
    decode: (row: DriverRow) => T,
  ): Promise<T | undefined> {
    const row = await this.#keys.read(queries, key);
    return row === undefined ? undefined : decode(row);
  }

  async changeByKey<T>(
    change: KeyChange,
    values: DriverValue[],
    decode: (row: DriverRow) => T,
  ): Promise<T | undefined> {
    const { row } = await this.#changes.perform(change, values);
    return row === undefined ? undefined : decode(row);
  }

  async runByKey(change: KeyChange, values: DriverValue[]): Promise<boolean> {
    return (await this.#changes.perform(change, values)).changed;
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

  async transaction<T>(
    body: (transaction: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const settled = settleOptions(options);
    const { clock, rng, pool } = this.#parts;
    const deadline = deadlineIn(clock, settled.deadlineMs);
    const run = () =>
      pool.use((connection) => this.#attempt(connection, body, deadline, settled), leftMs(clock, deadline));
    for (let attempt = 0; ; attempt += 1) {
      try {
        // Transactions that collided run one at a time, so that they cannot go on colliding with each other.
        return attempt === 0 ? await run() : await this.#again.pass(deadline, run);
      } catch (error) {
        const late = clock.monotonicMs() >= deadline.expiresAtMs;
        if (!worthRunningAgain(error) || attempt >= settled.retries || late) throw error;
        await clock.sleep(Math.min(leftMs(clock, deadline), backoffMs(rng, attempt, 2, 200)));
      }
    }
  }

  /** One run of the body. When the reason it failed is a collision, that is thrown, whatever the body made of it. */
  async #attempt<T>(
    connection: PostgresConnection,
    body: (transaction: Transaction) => Promise<T>,
    deadline: Deadline,
    options: Required<TransactionOptions>,
  ): Promise<T> {
    const { clock, timeoutMs } = this.#parts;
    const state = new TransactionState(options.readOnly);
    const scope = new PostgresScope({ connection, now: this.now, timeoutMs }, state);
    await this.#begin(connection, deadline, options);
    let result: T;
    try {
      result = await within(clock, deadline, 'the transaction', body(scope));
      state.requireCommittable();
    } catch (error) {
      state.close();
      // Past the deadline a statement may still be under way; cutting the connection ends both.
      if (error instanceof DeadlineExceeded) connection.destroy();
      else await rollback(connection);
      throw worthRunningAgain(state.failure) ? state.failure : error;
    }
    state.close();
    await this.#commit(connection, state.failure);
    return result;
  }

  async #begin(
    connection: PostgresConnection,
    deadline: Deadline,
    { readOnly, isolation }: Required<TransactionOptions>,
  ): Promise<void> {
    const { clock, timeoutMs } = this.#parts;
    const timeLeftMs = leftMs(clock, deadline);
    const level = readOnly ? 'REPEATABLE READ READ ONLY' : isolationLevels[isolation];
    try {
      await connection.script(
        `BEGIN ISOLATION LEVEL ${level}; SET LOCAL statement_timeout = ${timeLeftMs}; ` +
          `SET LOCAL idle_in_transaction_session_timeout = ${timeLeftMs + 1_000}`,
      );
    } catch (error) {
      connection.destroy();
      throw postgresError(error, { outcomeUnknown: false, timeoutMs });
    }
  }

  /** PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error. */
  async #commit(connection: PostgresConnection, failure: unknown): Promise<void> {
    let tag: string;
    try {
      tag = await connection.command('COMMIT');
    } catch (error) {
      throw postgresError(error, { outcomeUnknown: true, timeoutMs: this.#parts.timeoutMs });
    }
    if (tag !== 'COMMIT') throw new TransactionAborted(failure);
  }

  async migrate(
    migrations: readonly Migration[],
    options: { readonly dryRun?: boolean } = {},
  ): Promise<MigrationReport> {
    return migrate(postgresMigrationStore(this.#parts.pool, this.now), migrations, options.dryRun ?? false);
  }

  async migrationStatus(migrations: readonly Migration[]): Promise<MigrationStatus[]> {
    return migrationStatus(postgresMigrationStore(this.#parts.pool, this.now), migrations);
  }

  async checkSchema(entities: readonly Entity[]): Promise<void> {
    requireSchema(entities, await postgresTables(this.sql, entities));
  }

  async ping(): Promise<void> {
    await this.sql`SELECT 1 AS one`;
  }

  stats(): DatabaseStats {
    return { pool: this.#parts.pool.stats() };
  }

  backup(_path: string): Promise<{ readonly sizeBytes: number }> {
    return Promise.reject(new Unsupported('back up PostgreSQL with pg_dump or its own replication'));
  }

  close(): Promise<void> {
    this.#closing ??= this.#parts.pool.close();
    return this.#closing;
  }

  /** One statement, its own transaction. Run again after failures that left nothing behind. */
  async #query(
    query: CompiledQuery,
    values: readonly (DriverValue | readonly DriverValue[])[],
  ): Promise<PostgresResult> {
    const { pool, clock, rng, timeoutMs } = this.#parts;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await pool.use((connection) => connection.query(query, values));
      } catch (error) {
        const failure = postgresError(error, {
          entity: query.entity,
          outcomeUnknown: query.writes,
          timeoutMs,
        });
        if (!worthRunningAgain(failure) || attempt >= STATEMENT_RETRIES) throw failure;
        await clock.sleep(backoffMs(rng, attempt, 2, 50));
      }
    }
  }
}

async function rollback(connection: PostgresConnection): Promise<void> {
  try {
    await connection.script('ROLLBACK');
  } catch {
    connection.destroy(); // the server rolls back what has no connection
  }
}
