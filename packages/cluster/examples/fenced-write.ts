/** What of a PostgreSQL client is needed; one connection, as `pg`'s `Client` or a client taken from its `Pool`. */
export interface SqlConnection {
  query(text: string, values?: unknown[]): Promise<{ readonly rowCount: number | null }>;
}

/** Another leader has written since with a higher token: this one's leadership was over, whatever it believed. */
export class StaleTokenError extends Error {
  readonly code = 'STALE_TOKEN';
  readonly retryable = false;
  override name = 'StaleTokenError';

  constructor(resource: string, token: number) {
    super(`${resource} was written under a higher token than ${token}: another leads now`);
  }
}

/** Makes the table of the highest token that each resource has seen. May be called by many at once. */
export async function createFences(connection: SqlConnection): Promise<void> {
  await connection.query('SELECT pg_advisory_lock(hashtext($1))', ['hanok fences']);
  try {
    await connection.query(
      'CREATE TABLE IF NOT EXISTS fences (resource text PRIMARY KEY, token bigint NOT NULL)',
    );
  } finally {
    await connection.query('SELECT pg_advisory_unlock(hashtext($1))', ['hanok fences']);
  }
}

/**
 * Writes as the leader that holds `token`, or not at all: in one transaction, the resource's fence is raised to the
 * token, and the write made. A lower token than the fence's is refused, so that a leader which was paused after it had
 * looked at its leadership cannot overwrite what its successor did (Kleppmann, "How to do distributed locking", 2016).
 * The fence's row is locked until the end, so that writers of a resource come one after the other.
 *
 * @param token `leadership.token`.
 * @throws StaleTokenError, with nothing written; what `write` throws, with nothing written.
 */
export async function fencedWrite<T>(
  connection: SqlConnection,
  resource: string,
  token: number,
  write: () => Promise<T>,
): Promise<T> {
  await connection.query('BEGIN');
  try {
    const { rowCount } = await connection.query(
      `INSERT INTO fences AS fence (resource, token) VALUES ($1, $2)
       ON CONFLICT (resource) DO UPDATE SET token = excluded.token WHERE fence.token <= excluded.token`,
      [resource, token],
    );
    if (rowCount !== 1) throw new StaleTokenError(resource, token);
    const result = await write();
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that broke has rolled back by itself, and the first error says more.
    await connection.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
