import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemClock, systemRng, type Clock, type Rng } from '@hanok/service-kit';
import { backoffMs } from '../backoff.ts';
import type { Database } from '../database.ts';
import { deadlineIn } from '../deadline.ts';
import { DatabaseFailure, RepositoryError } from '../errors.ts';
import type { OpenOptions } from '../open-options.ts';
import { ConnectionPool } from '../pool.ts';
import { Checkpointer } from './checkpointer.ts';
import { SqliteConnection, type ConnectionSettings } from './connection.ts';
import { SqliteDatabase, type SqliteParts } from './database.ts';
import { isBusy, sqliteError } from './errors.ts';
import { checkIntegrity } from './integrity.ts';
import { Reader } from './reader.ts';
import { TurnSnapshot } from './turn-snapshot.ts';
import { WriteQueue } from './write-queue.ts';

const MEMORY = ':memory:';
/** How long opening waits for another process that is opening, checking or closing the file. */
const OPEN_TIMEOUT_MS = 60_000;
/**
 * Point reads in 1,500,000 rows were 1.5 to 2 x as fast with 64 MiB as with 16; updates of 10,000,000 indexed rows, a fifth
 * faster with 128 MiB than with 32. Taken as the database needs it: a small one takes little.
 */
const cacheKib = { writer: 131_072, reader: 65_536, pooled: 4_096 } as const;
const DEFAULT_WRITE_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_QUEUED = 10_000;

/**
 * Opens the file of a `sqlite:` URL, made with its folder when missing, or a database in memory.
 * Rejects with Corrupt, Busy, or DatabaseFailure naming the file; nothing is left open then.
 */
export async function openSqlite(location: string, options: OpenOptions): Promise<Database> {
  const path = location === MEMORY ? MEMORY : resolve(location);
  try {
    if (path !== MEMORY) {
      mkdirSync(dirname(path), { recursive: true });
      const { integrityCheck: when = 'after-unclean-stop', onNotice = () => undefined } = options;
      const { rng = systemRng } = options;
      await checkIntegrity(path, { when, onNotice, rng });
    }
    return new SqliteDatabase({ url: `sqlite:${location}`, path, ...(await openParts(path, options)) });
  } catch (error) {
    if (error instanceof RepositoryError && !(error instanceof DatabaseFailure)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseFailure(`the database ${path} cannot be opened: ${reason}`, error);
  }
}

async function openParts(path: string, options: OpenOptions): Promise<Omit<SqliteParts, 'url' | 'path'>> {
  const { clock = systemClock, rng = systemRng, durability = 'full' } = options;
  const {
    writeTimeoutMs: timeoutMs = DEFAULT_WRITE_TIMEOUT_MS,
    maxQueuedWrites: maxQueued = DEFAULT_MAX_QUEUED,
  } = options;
  const settings = { path, synchronous: durability === 'full' ? 'FULL' : 'NORMAL' } as const;
  const connect = (role: keyof typeof cacheKib) =>
    connectPatiently({ ...settings, readOnly: role !== 'writer', cacheKib: cacheKib[role] }, clock, rng);
  await using opened = new AsyncDisposableStack();
  const adopt = (made: SqliteConnection) => opened.adopt(made, (connection) => connection.close());

  const writer = adopt(await connect('writer'));
  const common = { clock, rng, writer, writeTimeoutMs: timeoutMs };
  if (path === MEMORY) {
    const reader = new Reader({ connection: writer, snapshot: undefined, clock, rng, timeoutMs });
    const queue = new WriteQueue({ connection: writer, clock, rng, maxQueued });
    opened.move();
    return { ...common, reader, pool: undefined, queue, checkpointer: undefined };
  }
  const connection = adopt(await connect('reader'));
  const snapshot = new TurnSnapshot(connection);
  const reader = new Reader({ connection, snapshot, clock, rng, timeoutMs });
  const pool = opened.adopt(
    readerPool(() => connect('pooled'), clock, options),
    (readers) => readers.close(),
  );
  await pool.warm();
  const beforeCommit = () => snapshot.end();
  const checkpointer = new Checkpointer(path, writer, clock);
  const afterCommit = () => checkpointer.afterCommit();
  const queue = new WriteQueue({ connection: writer, clock, rng, maxQueued, beforeCommit, afterCommit });
  opened.move();
  return { ...common, reader, pool, queue, checkpointer };
}

function readerPool(
  open: () => Promise<SqliteConnection>,
  clock: Clock,
  options: OpenOptions,
): ConnectionPool<SqliteConnection> {
  const factory = {
    open,
    close: (connection: SqliteConnection) => connection.close(),
    usable: (connection: SqliteConnection) => !connection.inTransaction,
    check: async () => true, // a file does not go away
  };
  return new ConnectionPool(factory, clock, options.pool);
}

async function connectPatiently(
  settings: ConnectionSettings,
  clock: Clock,
  rng: Rng,
): Promise<SqliteConnection> {
  const deadline = deadlineIn(clock, OPEN_TIMEOUT_MS);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return new SqliteConnection(settings);
    } catch (error) {
      if (!isBusy(error) || clock.monotonicMs() >= deadline.expiresAtMs) throw sqliteError(error);
      await clock.sleep(backoffMs(rng, attempt, 1, 50));
    }
  }
}
