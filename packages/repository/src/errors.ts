/** Stable codes of everything this package throws; map them to HTTP problems in one table. */
export type RepositoryErrorCode =
  | 'validation_failed'
  | 'unique_violation'
  | 'foreign_key_violation'
  | 'check_violation'
  | 'version_conflict'
  | 'not_found'
  | 'busy'
  | 'serialization_failure'
  | 'deadline_exceeded'
  | 'connection_lost'
  | 'storage_full'
  | 'corrupt'
  | 'transaction_misuse'
  | 'transaction_aborted'
  | 'migration_refused'
  | 'database_closed'
  | 'unsupported'
  | 'database_failure';

/**
 * Base of every error thrown by this package.
 * `retryable` is true when the same call may succeed later **and** repeating it cannot apply it twice.
 */
export class RepositoryError extends Error {
  readonly code: RepositoryErrorCode;
  readonly retryable: boolean;

  constructor(code: RepositoryErrorCode, message: string, retryable: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
  }
}

/** A value breaks a rule of its column (or of a query). Nothing was sent to the database. */
export class ValidationError extends RepositoryError {
  /** Property of the entity (or part of the query) at fault, for example `username` or `limit`. */
  readonly field: string;
  /** The rule in words, for example `at most 32 characters`. */
  readonly rule: string;

  constructor(field: string, rule: string) {
    super('validation_failed', `${field}: ${rule}`, false);
    this.field = field;
    this.rule = rule;
  }
}

/** Another row already has these values. */
export class UniqueViolation extends RepositoryError {
  readonly table: string;
  /** Properties of the entity that collide; database column names when no entity is known (`sql`). */
  readonly fields: readonly string[];

  constructor(table: string, fields: readonly string[], cause?: unknown) {
    super('unique_violation', `${table}: ${fields.join(' and ')} already taken`, false, cause);
    this.table = table;
    this.fields = fields;
  }
}

/** A reference points at no row, or a row that is still referenced was deleted. */
export class ForeignKeyViolation extends RepositoryError {
  constructor(cause?: unknown) {
    super(
      'foreign_key_violation',
      'a referenced row is missing, or this row is still referenced',
      false,
      cause,
    );
  }
}

/** A CHECK or NOT NULL constraint of the database refused the row. */
export class CheckViolation extends RepositoryError {
  /** Name of the constraint, or `table.column` for NOT NULL. */
  readonly constraint: string;

  constructor(constraint: string, cause?: unknown) {
    super('check_violation', `constraint ${constraint} refused the row`, false, cause);
    this.constraint = constraint;
  }
}

/** The row changed since it was read: its version is no longer the expected one. */
export class VersionConflict extends RepositoryError {
  readonly table: string;
  readonly key: unknown;
  readonly expectedVersion: number;

  constructor(table: string, key: unknown, expectedVersion: number) {
    super('version_conflict', `${table} ${String(key)} is no longer at version ${expectedVersion}`, false);
    this.table = table;
    this.key = key;
    this.expectedVersion = expectedVersion;
  }
}

/** No row has this key. */
export class NotFound extends RepositoryError {
  readonly table: string;
  readonly key: unknown;

  constructor(table: string, key: unknown) {
    super('not_found', `${table} ${String(key)} does not exist`, false);
    this.table = table;
    this.key = key;
  }
}

/** The database, its write queue or its pool is occupied beyond the configured bound. Nothing was done. */
export class Busy extends RepositoryError {
  constructor(message: string, cause?: unknown) {
    super('busy', message, true, cause);
  }
}

/** The database could not order this transaction among concurrent ones; it was rolled back. */
export class SerializationFailure extends RepositoryError {
  constructor(cause?: unknown) {
    super('serialization_failure', 'the transaction collided with a concurrent one', true, cause);
  }
}

/** The work took longer than its deadline and was rolled back. */
export class DeadlineExceeded extends RepositoryError {
  readonly deadlineMs: number;

  constructor(what: string, deadlineMs: number, cause?: unknown) {
    super('deadline_exceeded', `${what} took longer than ${deadlineMs} ms`, true, cause);
    this.deadlineMs = deadlineMs;
  }
}

/**
 * The connection to the database broke.
 * When `outcomeUnknown` is true a write was under way and may or may not have been applied: it is not
 * `retryable` unless the caller has its own idempotency key.
 */
export class ConnectionLost extends RepositoryError {
  readonly outcomeUnknown: boolean;

  constructor(outcomeUnknown: boolean, cause?: unknown) {
    const end = outcomeUnknown ? '; the outcome of the write is unknown' : '';
    super('connection_lost', `the connection to the database was lost${end}`, !outcomeUnknown, cause);
    this.outcomeUnknown = outcomeUnknown;
  }
}

/** The disk (or quota) is full. Nothing of the failed write was kept. */
export class StorageFull extends RepositoryError {
  constructor(cause?: unknown) {
    super('storage_full', 'the database has no storage left', true, cause);
  }
}

/** The database file is damaged or is no database. */
export class Corrupt extends RepositoryError {
  constructor(message: string, cause?: unknown) {
    super('corrupt', message, false, cause);
  }
}

/** A transaction handle was used after its end, or while an inner transaction was open. */
export class TransactionMisuse extends RepositoryError {
  constructor(message: string) {
    super('transaction_misuse', message, false);
  }
}

/** A statement of the transaction failed earlier and the failure was swallowed; everything was rolled back. */
export class TransactionAborted extends RepositoryError {
  constructor(cause: unknown) {
    super(
      'transaction_aborted',
      'an earlier statement of this transaction failed; wrap what may fail in an inner transaction',
      false,
      cause,
    );
  }
}

/** The database and the migrations of the code do not fit together. */
export class MigrationRefused extends RepositoryError {
  constructor(message: string, cause?: unknown) {
    super('migration_refused', message, false, cause);
  }
}

/** The database was closed. */
export class DatabaseClosed extends RepositoryError {
  constructor() {
    super('database_closed', 'the database is closed', false);
  }
}

/** The engine behind the URL cannot do this. */
export class Unsupported extends RepositoryError {
  constructor(message: string) {
    super('unsupported', message, false);
  }
}

/** Anything else the database reported; see `cause`. */
export class DatabaseFailure extends RepositoryError {
  constructor(message: string, cause?: unknown) {
    super('database_failure', message, false, cause);
  }
}
