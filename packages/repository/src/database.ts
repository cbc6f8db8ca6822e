import type { Entity } from './entity/entity.ts';
import type { Migration, MigrationReport, MigrationStatus } from './migrations/migration.ts';
import type { Repository } from './repository.ts';
import type { SqlTag } from './sql-tag.ts';

export type DialectName = 'sqlite' | 'postgres';

export interface TransactionOptions {
  /** From the call until it is committed, waiting and retries included. Default 5,000; 1 to 600,000. */
  readonly deadlineMs?: number;
  /** How often the body is run again after a serialization failure or a lost connection. Default 10; 0 to 100. */
  readonly retries?: number;
  /** Reads one consistent snapshot and never waits for writers; every write is refused. Default false. */
  readonly readOnly?: boolean;
  /**
   * PostgreSQL only; SQLite is always serializable. `read-committed` saves retries where each statement is
   * right by itself (`gold = gold + ?` with a CHECK). Default `serializable`.
   */
  readonly isolation?: 'serializable' | 'repeatable-read' | 'read-committed';
}

/** What both a database and an open transaction offer. */
export interface Session {
  readonly dialect: DialectName;
  /** The repository of an entity. Cheap; need not be kept. */
  repository<E extends Entity>(entity: E): Repository<E>;
  /** Low-level SQL for domain modules; parameters are always bound. See `SqlTag`. */
  readonly sql: SqlTag;
  /**
   * Runs `body` in a transaction and resolves to its result once committed; rolls back and rethrows on every
   * throw. Inside a transaction: a savepoint, so that what fails in it can be caught without ending the outer.
   *
   * The body may run again after a retryable failure, so it must not change anything outside the database. It
   * should await nothing but its own handle: on SQLite every other write of the process waits for it.
   * After a statement failed in the database, the transaction can only roll back (TransactionAborted if the
   * failure was swallowed). While an inner transaction is open, its outer handle refuses with TransactionMisuse.
   */
  transaction<T>(body: (transaction: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/** The handle of an open transaction; refuses with TransactionMisuse after its end. */
export interface Transaction extends Session {
  readonly inTransaction: true;
}

/** Use of a connection pool (PostgreSQL connections, SQLite snapshot readers). */
export interface PoolStats {
  readonly size: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
  readonly opened: number;
  readonly closed: number;
  readonly timedOut: number;
  readonly refused: number;
}

export interface DatabaseStats {
  readonly pool: PoolStats;
  /** SQLite only: the writer and its group commit. */
  readonly writer?: {
    /** Writes waiting for the next group. */
    readonly queued: number;
    readonly commits: number;
    /** Writes committed; divided by `commits` it is the mean size of a group. */
    readonly writes: number;
    readonly busyRetries: number;
    readonly largestGroup: number;
  };
}

/** What an engine can do beyond the common contract. */
export interface Capabilities {
  /** Several processes may open it at once. */
  readonly shared: boolean;
  /** Reads go on, on what is committed, while a write transaction is open. */
  readonly readsDuringWrites: boolean;
  /** `backup` works. */
  readonly backup: boolean;
}

/** An open database. Close it when done. */
export interface Database extends Session {
  /** The URL without credentials. */
  readonly url: string;
  readonly capabilities: Capabilities;
  /** Applies the migrations that are missing, once, whichever process comes first. Rejects with MigrationRefused. */
  migrate(
    migrations: readonly Migration[],
    options?: { readonly dryRun?: boolean },
  ): Promise<MigrationReport>;
  migrationStatus(migrations: readonly Migration[]): Promise<MigrationStatus[]>;
  /** Compares the real tables with the entities; rejects with MigrationRefused naming every difference. */
  checkSchema(entities: readonly Entity[]): Promise<void>;
  /** Resolves when the database answers; for readiness checks. */
  ping(): Promise<void>;
  stats(): DatabaseStats;
  /** SQLite only: a consistent, checked copy at `path` while writes go on. Rejects with Unsupported on PostgreSQL. */
  backup(path: string): Promise<{ readonly sizeBytes: number }>;
  /** Waits for work under way, then closes. Idempotent. Later calls reject with DatabaseClosed. */
  close(): Promise<void>;
}
