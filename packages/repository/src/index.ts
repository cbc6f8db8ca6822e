export { bigint, blob, boolean, integer, json, real, text, timestamp } from './entity/columns.ts';
export type { NumberBounds, SizeBounds, TextRules } from './entity/columns.ts';
export type { Column, ColumnKind, ColumnSpec, OnDelete } from './entity/column.ts';
export { defineEntity } from './entity/entity.ts';
export type {
  ChangeableOf,
  Entity,
  EntityColumn,
  EntityDeclaration,
  KeyOf,
  NewRow,
  OrderableOf,
  PropertyOf,
  Row,
} from './entity/entity.ts';
export { everyRow, increment } from './query/conditions.ts';
export type { Comparison, Direction, FindQuery, Increment, Order, Page, Where } from './query/conditions.ts';
export type { Changes, Repository, UpsertOptions, VersionCheck } from './repository.ts';
export type {
  Capabilities,
  Database,
  DatabaseStats,
  DialectName,
  PoolStats,
  Session,
  Transaction,
  TransactionOptions,
} from './database.ts';
export type { SqlResult, SqlTag, SqlValue } from './sql-tag.ts';
export type { OpenOptions } from './open-options.ts';
export type { PoolOptions } from './pool.ts';
export { openDatabase } from './open-database.ts';
export { createTable } from './migrations/create-table.ts';
export type { DialectSql, Migration, MigrationReport, MigrationStatus } from './migrations/migration.ts';
export {
  Busy,
  CheckViolation,
  ConnectionLost,
  Corrupt,
  DatabaseClosed,
  DatabaseFailure,
  DeadlineExceeded,
  ForeignKeyViolation,
  MigrationRefused,
  NotFound,
  RepositoryError,
  SerializationFailure,
  StorageFull,
  TransactionAborted,
  TransactionMisuse,
  UniqueViolation,
  Unsupported,
  ValidationError,
  VersionConflict,
} from './errors.ts';
export type { RepositoryErrorCode } from './errors.ts';
