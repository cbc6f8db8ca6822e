import { DatabaseError } from 'pg';
import type { Entity } from '../entity/entity.ts';
import {
  Busy,
  CheckViolation,
  ConnectionLost,
  DatabaseFailure,
  DeadlineExceeded,
  ForeignKeyViolation,
  RepositoryError,
  SerializationFailure,
  StorageFull,
  TransactionAborted,
  TransactionMisuse,
  UniqueViolation,
} from '../errors.ts';
import { propertiesOf } from '../entity/properties.ts';

/** What is known about the statement that failed. */
export interface FailureContext {
  readonly entity?: Entity | undefined;
  /** Whether a connection that breaks now leaves it open if something was written. */
  readonly outcomeUnknown: boolean;
  readonly timeoutMs: number;
}

/** Turns what `pg` throws into this package's errors. */
export function postgresError(error: unknown, context: FailureContext): RepositoryError {
  if (error instanceof RepositoryError) return error;
  if (!(error instanceof DatabaseError)) return new ConnectionLost(context.outcomeUnknown, error);
  const { code = '', message, constraint = '' } = error;
  switch (code) {
    case '23505':
      return uniqueViolation(error, context.entity);
    case '23503':
      return new ForeignKeyViolation(error);
    case '23514':
      return new CheckViolation(constraint, error);
    case '23502':
      return new CheckViolation(`${error.table}.${error.column}`, error);
    case '22003': // an integer left 64 bits, which a CHECK would have refused next
      return new CheckViolation('64-bit range', error);
    case '40001':
    case '40P01':
      return new SerializationFailure(error);
    case '25P02':
      return new TransactionAborted(error);
    case '25006':
      return new TransactionMisuse('the transaction is read-only');
    case '57014':
      return new DeadlineExceeded('the statement', context.timeoutMs, error);
    case '55P03':
    case '53300':
      return new Busy(message, error);
    case '53100':
      return new StorageFull(error);
    default:
      return otherError(error, code);
  }
}

/** Classes: 08 connection, 57P server going down or coming up. A server that says so has rolled back. */
function otherError(error: DatabaseError, code: string): RepositoryError {
  if (code.startsWith('08') || code.startsWith('57P')) return new ConnectionLost(false, error);
  // A kept statement whose table changed under it: a new connection prepares it afresh.
  if (code === '0A000' && error.message.includes('cached plan')) return new ConnectionLost(false, error);
  return new DatabaseFailure(error.message, error);
}

/** `Key (username)=(ada) already exists.` */
function uniqueViolation(error: DatabaseError, entity: Entity | undefined): UniqueViolation {
  const { table = '', detail = '', constraint = '' } = error;
  const columns = /^Key \((.+?)\)=\(/.exec(detail)?.[1]?.replaceAll('"', '').split(', ') ?? [constraint];
  return new UniqueViolation(table, propertiesOf(columns, table, entity), error);
}

/** Whether running the whole transaction (or the single statement) again may help and cannot apply it twice. */
export function worthRunningAgain(error: unknown): boolean {
  if (error instanceof TransactionAborted) return worthRunningAgain(error.cause);
  return error instanceof SerializationFailure || (error instanceof ConnectionLost && error.retryable);
}
