import Driver from 'better-sqlite3';
import type { DriverRow, DriverValue } from '../entity/codec.ts';
import { TransactionMisuse } from '../errors.ts';
import type { CompiledQuery, KeyChange } from '../query/executor.ts';
import { narrowRow } from './narrow.ts';
import type { SqlResult } from '../sql-tag.ts';

type Statement = Driver.Statement<DriverValue[], DriverRow>;

interface Savepoint {
  readonly open: Driver.Statement;
  readonly release: Driver.Statement;
  readonly undo: Driver.Statement;
}

/** The pages of the write-ahead log, in bytes. */
export interface LogLength {
  readonly log: number;
  readonly checkpointed: number;
}

const NO_LOG: LogLength = { log: 0, checkpointed: 0 };

/** How a connection is set up; see `openDatabase` for the meaning of the options. */
export interface ConnectionSettings {
  readonly path: string;
  readonly readOnly: boolean;
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Pages kept in memory at most; taken as the database needs them. */
  readonly cacheKib: number;
}

/**
 * Of a database that is new; an older one keeps its own. A commit writes every page it changed whole, and small rows at
 * random change a page each.
 */
const NEW_PAGE_BYTES = 2_048;
/** Length of the WAL after which a commit itself copies it into the database file, should the Checkpointer fail. */
const CHECKPOINT_BYTES = 1_073_741_824;
/**
 * A WAL that grew under a long read is cut back to this once checkpointed. Above what a busy Checkpointer lets it grow to:
 * making it longer again costs as much as writing it.
 */
const WAL_KEPT_BYTES = 268_435_456;
/** Of the database file, at its beginning; SQLite maps no more. */
const MAX_MAPPED_BYTES = 2_147_418_112;
const MAX_LEVEL = 16;

/** One better-sqlite3 connection that keeps its statements prepared. Never blocks on a lock: it throws busy. */
export class SqliteConnection {
  readonly driver: Driver.Database;
  readonly #statements = new Map<CompiledQuery, Statement>();
  readonly #levels: Savepoint[] = [];
  readonly #begin: Driver.Statement;
  readonly #beginReading: Driver.Statement;
  readonly #commit: Driver.Statement;
  readonly #rollback: Driver.Statement;
  readonly #dataVersion: Driver.Statement;
  readonly #logPages: Driver.Statement<[], [busy: number, log: number, checkpointed: number]>;
  readonly #pageBytes: number;

  /** Opens and configures; may throw busy while another process opens, recovers or closes the same file. */
  constructor(settings: ConnectionSettings) {
    this.driver = new Driver(settings.path, { timeout: 0, readonly: settings.readOnly });
    try {
      this.#pageBytes = this.#configure(settings);
      this.#begin = this.driver.prepare('BEGIN IMMEDIATE');
      this.#beginReading = this.driver.prepare('BEGIN');
      this.#commit = this.driver.prepare('COMMIT');
      this.#rollback = this.driver.prepare('ROLLBACK');
      this.#dataVersion = this.driver.prepare('PRAGMA data_version').pluck();
      // As an array: the driver compiles a function for the objects of a pragma each time it runs.
      this.#logPages = this.driver.prepare<[], [number, number, number]>('PRAGMA wal_checkpoint(NOOP)').raw();
    } catch (error) {
      this.driver.close();
      throw error;
    }
  }

  /** @returns the size of the database's pages, in bytes */
  #configure(settings: ConnectionSettings): number {
    const { driver } = this;
    driver.pragma(`cache_size = -${settings.cacheKib}`);
    driver.pragma('foreign_keys = ON');
    driver.pragma('trusted_schema = OFF');
    if (settings.readOnly) {
      driver.pragma('schema_version'); // opens the file now, so that a failure shows here
      return this.#pageSize();
    }
    // What is deleted is overwritten: an erased name must not stay in a free page.
    driver.pragma('secure_delete = ON');
    driver.pragma(`page_size = ${NEW_PAGE_BYTES}`);
    driver.pragma('journal_mode = WAL');
    driver.pragma(`synchronous = ${settings.synchronous}`);
    driver.pragma(`journal_size_limit = ${WAL_KEPT_BYTES}`);
    const pageBytes = this.#pageSize();
    driver.pragma(`wal_autocheckpoint = ${CHECKPOINT_BYTES / pageBytes}`);
    return pageBytes;
  }

  #pageSize(): number {
    return Number(this.driver.pragma('page_size', { simple: true }));
  }

  /** The statement, prepared once for this connection. */
  prepare(query: CompiledQuery): Statement {
    const known = this.#statements.get(query);
    if (known !== undefined) return known;
    const statement = this.driver.prepare<DriverValue[], DriverRow>(query.text);
    if (query.wide) statement.safeIntegers(true);
    if (query.name !== undefined) this.#statements.set(query, statement);
    return statement;
  }

  get(query: CompiledQuery, values: DriverValue[]): DriverRow | undefined {
    return this.prepare(query).get(...values);
  }

  all(query: CompiledQuery, values: DriverValue[]): DriverRow[] {
    return this.prepare(query).all(...values);
  }

  /** Changes a row by its key, and reads it again; undefined when there is none (of that version). */
  change({ one, reread, keyIndex }: KeyChange, values: DriverValue[]): DriverRow | undefined {
    const key = values[keyIndex] ?? null;
    return this.run(one, values) === 0 ? undefined : this.get(reread, [key]);
  }

  run(query: CompiledQuery, values: DriverValue[]): number {
    return this.prepare(query).run(...values).changes;
  }

  /** Key of the inserted row; meaningful for keys the database makes. */
  insert(query: CompiledQuery, values: DriverValue[]): number | bigint {
    return this.prepare(query).run(...values).lastInsertRowid;
  }

  sql(query: CompiledQuery, values: DriverValue[]): SqlResult<DriverRow> {
    const statement = this.prepare(query);
    if (!statement.reader) return { rows: [], changes: statement.run(...values).changes };
    const rows = statement.all(...values);
    for (const row of rows) narrowRow(row);
    return { rows, changes: query.writes ? rows.length : 0 };
  }

  /** Takes the write lock; throws busy when another connection has it. */
  begin(): void {
    this.#begin.run();
  }

  commit(): void {
    this.#commit.run();
  }

  /** Keeps one snapshot for the reads until `rollback`. */
  beginReading(): void {
    this.#beginReading.run();
  }

  /** Opens a savepoint; levels are those of nested transactions, outermost 0. */
  savepoint(level: number): void {
    this.#level(level).open.run();
  }

  release(level: number): void {
    this.#level(level).release.run();
  }

  /** After some failures (full disk, I/O) SQLite has rolled back everything by itself; then there is nothing to do. */
  undo(level: number): void {
    if (!this.driver.inTransaction) return;
    const { undo, release } = this.#level(level);
    undo.run();
    release.run();
  }

  #level(level: number): Savepoint {
    if (level > MAX_LEVEL) throw new TransactionMisuse(`transactions nest at most ${MAX_LEVEL} deep`);
    let savepoint = this.#levels[level];
    if (savepoint === undefined) {
      savepoint = {
        open: this.driver.prepare(`SAVEPOINT level_${level}`),
        release: this.driver.prepare(`RELEASE level_${level}`),
        undo: this.driver.prepare(`ROLLBACK TO level_${level}`),
      };
      this.#levels[level] = savepoint;
    }
    return savepoint;
  }

  /** Rolls back unless SQLite already did so by itself. */
  rollback(): void {
    if (this.driver.inTransaction) this.#rollback.run();
  }

  get inTransaction(): boolean {
    return this.driver.inTransaction;
  }

  /**
   * Copies what the write-ahead log holds into the database file as far as possible, so that the next write can use
   * the log from its beginning. Whether that worked shows in the next write.
   */
  checkpoint(): void {
    try {
      this.driver.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      if (!(error instanceof Driver.SqliteError)) throw error;
    }
  }

  /** How long the write-ahead log is, and how much of it the database file holds already; zeros when it cannot tell. */
  logLength(): LogLength {
    try {
      const [, log, checkpointed] = this.#logPages.get() ?? [0, 0, 0];
      return { log: log * this.#pageBytes, checkpointed: checkpointed * this.#pageBytes };
    } catch (error) {
      if (error instanceof Driver.SqliteError) return NO_LOG;
      throw error;
    }
  }

  /**
   * From now on reads the file through a mapping: pages that it does not hold come from the system's without a call, and
   * are known there as in use. To be called outside of any transaction.
   */
  mapFile(): void {
    this.driver.pragma(`mmap_size = ${MAX_MAPPED_BYTES}`);
  }

  /** Changes whenever another connection (of any process) commits. */
  dataVersion(): number {
    return Number(this.#dataVersion.get());
  }

  close(): void {
    this.rollback();
    this.#statements.clear();
    this.driver.close();
  }
}
