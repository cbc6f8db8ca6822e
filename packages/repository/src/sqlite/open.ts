import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { systemClock, systemRng, type Clock, type Rng } from '@hanok/service-kit';
import { backoffMs } from '../backoff.ts';
import type { Database } from '../database.ts';
import { deadlineIn } from '../deadline.ts';
import type { OpenOptions } from '../open-options.ts';
import { ConnectionPool } from '../pool.ts';
import { SqliteConnection, type ConnectionSettings } from './connection.ts';
import { SqliteDatabase } from './database.ts';
import { isBusy, sqliteError } from './errors.ts';
import { checkIntegrity } from './integrity.ts';
import { Reader } from './reader.ts';
import { TurnSnapshot } from './turn-snapshot.ts';
import { WriteQueue } from './write-queue.ts';

const MEMORY = ':memory:';
/** How long opening waits for another process that is opening, checking or closing the file. */
const OPEN_TIMEOUT_MS = 60_000;
const DEFAULT_WRITE_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_QUEUED = 10_000;

/** Opens the file of a `sqlite:` URL, made with its folder when missing, or a database in memory. */
export async function openSqlite(location: string, options: OpenOptions): Promise<Database> {
  const { clock = systemClock, rng = systemRng, durability = 'full' } = options;
  const { writeTimeoutMs = DEFAULT_WRITE_TIMEOUT_MS, maxQueuedWrites = DEFAULT_MAX_QUEUED } = options;
  const inMemory = location === MEMORY;
  const path = inMemory ? MEMORY : resolve(location);
  const settings = { path, synchronous: durability === 'full' ? 'FULL' : 'NORMAL' } as const;
  const connect = (readOnly: boolean) => connectPatiently({ ...settings, readOnly }, clock, rng);
  if (!inMemory) {
    mkdirSync(dirname(path), { recursive: true });
    await checkIntegrity(path, options.integrityCheck ?? 'after-unclean-stop', options.onNotice);
  }
  const writer = await connect(false);
  const readerConnection = inMemory ? writer : await connect(true);
  const pool = inMemory ? undefined : readerPool(connect, clock, options);
  await pool?.warm();
  const snapshot = inMemory ? undefined : new TurnSnapshot(readerConnection);
  const queue = new WriteQueue({
    connection: writer,
    clock,
    rng,
    maxQueued: maxQueuedWrites,
    beforeCommit: () => snapshot?.end(),
  });
  const reader = new Reader({
    connection: readerConnection,
    snapshot,
    clock,
    rng,
    timeoutMs: writeTimeoutMs,
  });
  const url = `sqlite:${location}`;
  return new SqliteDatabase({ url, path, clock, rng, writer, reader, pool, queue, writeTimeoutMs });
}

function readerPool(
  connect: (readOnly: boolean) => Promise<SqliteConnection>,
  clock: Clock,
  options: OpenOptions,
): ConnectionPool<SqliteConnection> {
  const factory = {
    open: () => connect(true),
    close: (connection: SqliteConnection) => connection.close(),
    usable: (connection: SqliteConnection) => !connection.inTransaction,
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
