import type { ChangeableOf, Entity, KeyOf, NewRow, PropertyOf, Row } from './entity/entity.ts';
import type { FindQuery, Increment, Order, Page, Where } from './query/conditions.ts';

/** Columns to change; number columns also take `increment(n)`. */
export type Changes<E extends Entity> = {
  readonly [K in ChangeableOf<E>]?:
    | Row<E>[K]
    | (NonNullable<Row<E>[K]> extends number
        ? Increment<number>
        : NonNullable<Row<E>[K]> extends bigint
          ? Increment<bigint>
          : never)
    | undefined;
};

export interface UpsertOptions<E extends Entity> {
  /** The unique column(s) that decide whether the row exists. Default: the key. */
  readonly on?: readonly PropertyOf<E>[];
  /** Columns taken from the new row when it exists. Default: all that the new row gives, but key and `on`. */
  readonly update?: readonly ChangeableOf<E>[];
}

export interface VersionCheck {
  /** Refuse with VersionConflict unless the row is at this version. Entities with a version column only. */
  readonly version?: number | undefined;
}

/**
 * Rows of one entity. All methods validate before they send, bind every value, and mean the same on both
 * databases. From `Database.repository` each call is its own transaction, and its promise fulfils only when the
 * write is as durable as configured; from `Transaction.repository` it is part of that transaction.
 *
 * Every method may reject with ValidationError, Busy, ConnectionLost, StorageFull, DatabaseClosed and
 * DatabaseFailure; every write also with UniqueViolation, ForeignKeyViolation and CheckViolation.
 */
export interface Repository<E extends Entity> {
  readonly entity: E;

  /**
   * Inserts when the row is new, else updates the columns given, and resolves to the row as stored.
   * New means: a generated key that is absent or 0; with a key of the caller's, a version that is absent or 0
   * (entities with neither must use `insert`, `update` or `upsert`). An update of a versioned entity needs the
   * version that was read; rejects with VersionConflict when the row changed since, NotFound when it is gone.
   */
  save(row: NewRow<E>): Promise<Row<E>>;
  /** Inserts one row and resolves to it with key, defaults and version. */
  insert(row: NewRow<E>): Promise<Row<E>>;
  /** Inserts unless a unique value (key included) is taken; undefined when it was. Does not abort a transaction. */
  insertIfAbsent(row: NewRow<E>): Promise<Row<E> | undefined>;
  /** Inserts 1 to 10,000 rows, all or none, and resolves to them in the same order. */
  insertMany(rows: readonly NewRow<E>[]): Promise<Row<E>[]>;
  /** Inserts, or updates the row with the same unique value, in one statement. */
  upsert(row: NewRow<E>, options?: UpsertOptions<E>): Promise<Row<E>>;
  /** Changes some columns of one row. Rejects with NotFound, or VersionConflict when `version` is given. */
  update(id: KeyOf<E>, changes: Changes<E>, check?: VersionCheck): Promise<Row<E>>;
  /** Changes every row that matches in one statement, and resolves to their number; counts versions up. */
  updateWhere(where: Where<E>, changes: Changes<E>): Promise<number>;
  /** Deletes one row; false when there was none. Rejects with VersionConflict when `version` is given. */
  delete(id: KeyOf<E>, check?: VersionCheck): Promise<boolean>;
  /** Deletes every row that matches, and resolves to their number. */
  deleteWhere(where: Where<E>): Promise<number>;

  /** The row, or undefined. */
  findById(id: KeyOf<E>): Promise<Row<E> | undefined>;
  /** The row; rejects with NotFound. */
  getById(id: KeyOf<E>): Promise<Row<E>>;
  /** The rows that exist of at most 1,000 keys, in the order of the keys. */
  findByIds(ids: readonly KeyOf<E>[]): Promise<Row<E>[]>;
  /** The first row that matches in the given order (default: by key), or undefined. */
  findOne(where: Where<E>, order?: Order<E>): Promise<Row<E> | undefined>;
  /** One page of at most 1,000 rows. */
  findMany(query?: FindQuery<E>): Promise<Page<Row<E>>>;
  /** All rows that match, page by page (`limit` is the size of a page); each page is its own read. */
  findAll(query?: FindQuery<E>): AsyncIterableIterator<Row<E>>;
  /** Number of rows that match. Default: of all. */
  count(where?: Where<E>): Promise<number>;
  /** Whether a row matches. */
  exists(where: Where<E>): Promise<boolean>;
}
