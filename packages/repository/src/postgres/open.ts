import { systemClock, systemRng } from '@hanok/service-kit';
import type { Database } from '../database.ts';
import type { OpenOptions } from '../open-options.ts';
import { ConnectionPool } from '../pool.ts';
import { PostgresConnection } from './connection.ts';
import { PostgresDatabase } from './database.ts';
import { postgresError } from './errors.ts';

const DEFAULT_TIMEOUT_MS = 5_000;

/** Opens a `postgres://` URL with its first connections; rejects with ConnectionLost when it cannot be reached. */
export async function openPostgres(url: string, options: OpenOptions): Promise<Database> {
  const { clock = systemClock, rng = systemRng, writeTimeoutMs: timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const settings = { connectionString: url, statementTimeoutMs: timeoutMs };
  const factory = {
    open: async () => {
      try {
        return await PostgresConnection.open(settings);
      } catch (error) {
        throw postgresError(error, { outcomeUnknown: false, timeoutMs });
      }
    },
    close: (connection: PostgresConnection) => connection.close(),
    usable: (connection: PostgresConnection) => !connection.broken,
    check: (connection: PostgresConnection) => connection.answers(),
  };
  const pool = new ConnectionPool(factory, clock, options.pool);
  await pool.warm();
  return new PostgresDatabase({ url: withoutCredentials(url), clock, rng, pool, timeoutMs });
}

function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.search = '';
  return shown.href;
}
