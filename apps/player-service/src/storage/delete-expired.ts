import type { Database } from '@hanok/repository';
import { runSql, sqlPart } from './sql-part.ts';

/** Rows deleted by one statement, so that a backlog holds up neither the event loop nor other writes for long. */
const BATCH_ROWS = 500;

const TABLES = { idempotencyKeys: sqlPart`idempotency_keys`, refreshTokens: sqlPart`refresh_tokens` };

/** Tables whose rows end by themselves. */
export type ExpiringTable = keyof typeof TABLES;

/** Deletes what has expired by then, the oldest first, until nothing is left or `isWanted` says no. */
export async function deleteExpired(
  database: Database,
  table: ExpiringTable,
  { expiredByMs, isWanted }: { readonly expiredByMs: number; readonly isWanted: () => boolean },
): Promise<void> {
  const name = TABLES[table];
  const statement = sqlPart`DELETE FROM ${name} WHERE id IN (
    SELECT id FROM ${name} WHERE expires_at <= ${expiredByMs} ORDER BY expires_at LIMIT ${BATCH_ROWS})`;
  for (let deleted = BATCH_ROWS; deleted === BATCH_ROWS && isWanted();) {
    deleted = (await runSql(database, statement)).changes;
  }
}
