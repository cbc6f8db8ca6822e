import type { Clock, Rng } from '@hanok/service-kit';
import type {
  Capabilities,
  Database,
  DatabaseStats,
  DialectName,
  Transaction,
  TransactionOptions,
} from '../database.ts';
import { backoffMs } from '../backoff.ts';
import { deadlineIn, leftMs, settleOptions, within, type Deadline } from '../deadline.ts';
import type { DriverRow, DriverValue } from '../entity/codec.ts';
import type { Entity } from '../entity/entity.ts';
import { Busy, DatabaseClosed } from '../errors.ts';
import type { Migration, MigrationReport, MigrationStatus } from '../migrations/migration.ts';
import { migrate, migrationStatus, type MigrationStore } from '../migrations/runner.ts';
import { requireSchema } from '../migrations/schema-check.ts';
import type { ConnectionPool } from '../pool.ts';
import { EntityRepository } from '../query/entity-repository.ts';
import type { CompiledQuery, Executor, KeyChange, KeyQueries } from '../query/executor.ts';
import type { Repository } from '../repository.ts';
import { requireSqlValues, type SqlResult, type SqlTag } from '../sql-tag.ts';
import { TransactionState } from '../transaction-state.ts';
import { backupSqlite } from './backup.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { SqliteConnection } from './connection.ts';
import { sqliteError } from './errors.ts';
import { sqliteMigrationStore, sqliteTables } from './migrations.ts';
import type { Reader } from './reader.ts';
import { SqliteScope } from './scope.ts';
import { bindable, templateQuery } from './template.ts';
import { nextTurn, TurnShare } from './turn-share.ts';
import { Watchdog } from './watchdog.ts';
import type { WriteQueue } from './write-queue.ts';

/** How long a migration waits for others, and may take. */
const MIGRATION_DEADLINE_MS = 600_000;

/** What `openSqlite` puts together. */
export interface SqliteParts {
  readonly url: string;
  readonly path: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly writer: SqliteConnection;
  /** Reads outside transactions; on the writer's connection for a database in memory. */
  readonly reader: Reader;
  /** Connections of read-only transactions; undefined for a database in memory. */
  readonly pool: ConnectionPool<SqliteConnection> | undefined;
  readonly queue: WriteQueue;
  /** Undefined for a database in memory. */
  readonly checkpointer: Checkpointer | undefined;
  readonly writeTimeoutMs: number;
}

/** An open SQLite database: reads run at once on their own connection, writes go through the group commit. */
export class SqliteDatabase implements Database, Executor {
  readonly dialect: DialectName = 'sqlite';
  readonly url: string;
  readonly capabilities: Capabilities;
  readonly now: () => number;
  readonly #parts: SqliteParts;
  readonly #watchdog: Watchdog;
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteParts) {
    this.#watchdog = new Watchdog(parts.clock);
    this.#parts = parts;
    this.url = parts.url;
    const inFile = parts.pool !== undefined;
    this.capabilities = { shared: inFile, readsDuringWrites: inFile, backup: inFile };
    this.now = () => parts.clock.now();
  }

  repository<E extends Entity>(entity: E): Repository<E> {
    return new EntityRepository(entity, this);
  }

  readonly sql: SqlTag = async <R>(text: TemplateStringsArray, ...values: readonly unknown[]) => {
    this.#requireOpen();
    requireSqlValues(values);
    const query = templateQuery(this.#parts.reader.connection, text);
    // The caller's word about its columns; see SqlTag.
    return this.#perform(query, (connection) => connection.sql(query, bindable(values)) as SqlResult<R>);
  };

  get<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T | undefined> {
    if (this.#readable(query)) return this.#parts.reader.get(query, values, decode);
    return this.#write(query, (connection) => {
      const row = connection.get(query, values);
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
    return this.#write(change.one, (connection) => {
      const row = connection.change(change, values);
      return row === undefined ? undefined : decode(row);
    });
  }

  async runByKey(change: KeyChange, values: DriverValue[]): Promise<boolean> {
    return (await this.run(change.one, values)) > 0;
  }

  /** Reads outside transactions are answered at once, also those of a loop that never ends. */
  pause(): Promise<void> {
    return nextTurn();
  }

  all<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T[]> {
    return this.#perform(query, (connection) => connection.all(query, values).map((row) => decode(row)));
  }

  run(query: CompiledQuery, values: DriverValue[]): Promise<number> {
    return this.#write(query, (connection) => connection.run(query, values));
  }

  insert(query: CompiledQuery, values: DriverValue[]): Promise<unknown> {
    return this.#write(query, (connection) => connection.insert(query, values));
  }

  insertEach(query: CompiledQuery, rows: DriverValue[][]): Promise<unknown[]> {
    return this.#write(query, (connection) => {
      connection.savepoint(0);
      try {
        const keys = rows.map((values) => connection.insert(query, values));
        connection.release(0);
        return keys;
      } catch (error) {
        connection.undo(0);
        throw error;
      }
    });
  }

  async transaction<T>(
    body: (transaction: Transaction) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    this.#requireOpen();
    const settled = settleOptions(options);
    const { clock, rng, pool } = this.#parts;
    const deadline = deadlineIn(clock, settled.deadlineMs);
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (settled.readOnly && pool !== undefined) return await this.#snapshot(pool, body, deadline);
        return await this.#writeTransaction(body, deadline, settled.readOnly);
      } catch (error) {
        const late = clock.monotonicMs() >= deadline.expiresAtMs;
        if (!(error instanceof Busy) || attempt >= settled.retries || late) throw error;
        await clock.sleep(Math.min(leftMs(clock, deadline), backoffMs(rng, attempt, 2, 100)));
      }
    }
  }

  #writeTransaction<T>(
    body: (transaction: Transaction) => Promise<T>,
    deadline: Deadline,
    readOnly: boolean,
  ): Promise<T> {
    return this.#submit(deadline, (connection) => {
      const scope = new SqliteScope(connection, new TransactionState(readOnly), this.now);
      return this.#watchdog.guard(deadline, scope.perform(body), () => scope.undo());
    });
  }

  /** A read transaction on a connection of its own, so that its snapshot is nobody else's. */
  #snapshot<T>(
    pool: ConnectionPool<SqliteConnection>,
    body: (transaction: Transaction) => Promise<T>,
    deadline: Deadline,
  ): Promise<T> {
    const { clock } = this.#parts;
    const run = (connection: SqliteConnection) => {
      const scope = new SqliteScope(connection, new TransactionState(true), this.now, new TurnShare(clock));
      return ended(scope, within(clock, deadline, 'the transaction', scope.perform(body)));
    };
    return pool.use(run, leftMs(clock, deadline));
  }

  async migrate(
    migrations: readonly Migration[],
    options: { readonly dryRun?: boolean } = {},
  ): Promise<MigrationReport> {
    this.#requireOpen();
    return migrate(this.#migrationStore(), migrations, options.dryRun ?? false);
  }

  async migrationStatus(migrations: readonly Migration[]): Promise<MigrationStatus[]> {
    this.#requireOpen();
    return migrationStatus(this.#migrationStore(), migrations);
  }

  async checkSchema(entities: readonly Entity[]): Promise<void> {
    this.#requireOpen();
    requireSchema(entities, await sqliteTables(this.#parts.reader.connection, entities));
  }

  #migrationStore(): MigrationStore {
    const deadline = deadlineIn(this.#parts.clock, MIGRATION_DEADLINE_MS);
    return sqliteMigrationStore(this.now, (run) => this.#submit(deadline, run));
  }

  async ping(): Promise<void> {
    await this.sql`SELECT 1 AS one`;
  }

  stats(): DatabaseStats {
    const { pool, queue } = this.#parts;
    const none = { size: 1, idle: 1, waiting: 0, max: 1, opened: 1, closed: 0, timedOut: 0, refused: 0 };
    return { pool: pool?.stats() ?? none, writer: queue.stats };
  }

  async backup(path: string): Promise<{ readonly sizeBytes: number }> {
    this.#requireOpen();
    return backupSqlite(this.#parts.path, path);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { queue, pool, reader, writer, checkpointer } = this.#parts;
    await queue.close();
    await checkpointer?.close();
    this.#watchdog.close();
    await pool?.close();
    if (reader.connection !== writer) reader.close();
    writer.close();
  }

  /** Runs a statement where it belongs: reads at once, writes in the queue. */
  #perform<T>(query: CompiledQuery, work: (connection: SqliteConnection) => T): Promise<T> {
    return this.#readable(query) ? this.#parts.reader.perform(query, work) : this.#write(query, work);
  }

  /** Whether it can be read at once. In memory there is one connection: a read must not see an open group. */
  #readable(query: CompiledQuery): boolean {
    const { reader, writer, queue } = this.#parts;
    return !query.writes && this.#closing === undefined && (reader.connection !== writer || queue.idle);
  }

  #write<T>(query: CompiledQuery, work: (connection: SqliteConnection) => T): Promise<T> {
    const { clock, writeTimeoutMs } = this.#parts;
    return this.#submit(deadlineIn(clock, writeTimeoutMs), (connection) => {
      try {
        return work(connection);
      } catch (error) {
        throw sqliteError(error, query.entity);
      }
    });
  }

  #submit<T>(deadline: Deadline, run: (connection: SqliteConnection) => T | Promise<T>): Promise<T> {
    return new Promise((fulfil, reject) => {
      this.#parts.queue.submit({
        deadline,
        run,
        // The queue hands back what `run` gave, or what its promise gave.
        fulfil: (result) => fulfil(result as T),
        reject,
      });
    });
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new DatabaseClosed();
  }
}

/** Rolls back what reached its deadline, even though its body is still waiting for something. */
async function ended<T>(scope: SqliteScope, bounded: Promise<T>): Promise<T> {
  try {
    return await bounded;
  } finally {
    scope.undo();
  }
}
