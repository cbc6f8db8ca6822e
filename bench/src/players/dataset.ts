import Driver from 'better-sqlite3';
import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { startPlayerService } from './player-service.ts';

/** How many rows a filled database holds. */
export interface DatasetSize {
  readonly players: number;
  /** Players 1, 2, 3 … so many have the device ids `deviceIdOf(1)`, `deviceIdOf(2)` …. Default 0. */
  readonly devices?: number;
  /** Ledger entries, two a booking of 1 gold. Default 0; the balances then owe to no entry. */
  readonly entries?: number;
}

const CREATED_AT_MS = Date.parse('2026-01-01T00:00:00.000Z');
const SERIES = 'WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ?)';

/** Makes the tables by the service's own migrations, and fills them. @returns the URL of the database. */
export async function makeSqlite(folder: string, name: string, size: DatasetSize): Promise<string> {
  const path = join(folder, `${name}.db`);
  const url = `sqlite:${path}`;
  await migrate(url);
  fill(path, size);
  return url;
}

/** Starts a service on the database and stops it, which makes the tables. */
export async function migrate(databaseUrl: string): Promise<void> {
  await using service = await startPlayerService({ DATABASE_URL: databaseUrl });
  await service.stop();
}

export function deviceIdOf(player: number): string {
  return `device-of-the-benchmark-${player}`;
}

/** By bulk SQL and without syncing. Levels go round from 1 to 100. */
function fill(path: string, { players, devices = 0, entries = 0 }: DatasetSize): void {
  const database = new Driver(path);
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  database.pragma('cache_size = -1000000');
  database.function('device_key', (player) => hash('sha256', deviceIdOf(Number(player)), 'base64url'));
  const bookings = entries / 2;
  const gold = entries === 0 ? '1000' : `${Math.floor(bookings / players)} + (n <= ${bookings % players})`;
  database
    .prepare(
      `${SERIES} INSERT INTO players
         (id, username, username_key, email, email_key, device_key, level, gold, created_at, version)
       SELECT n, 'player-' || n, 'player-' || n, 'player-' || n || '@hanok.example',
         'player-' || n || '@hanok.example', CASE WHEN n <= ${devices} THEN device_key(n) END,
         n % 100 + 1, ${gold}, ${CREATED_AT_MS}, 1 FROM series`,
    )
    .run(players);
  if (entries > 0) addBookings(database, bookings, players);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  // What the disk still owes would be paid while others are measured.
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}

function addBookings(database: Driver.Database, bookings: number, players: number): void {
  database
    .prepare(
      `${SERIES} INSERT INTO ledger_transactions (id, reason, created_at)
       SELECT n, 'GRANT', ${CREATED_AT_MS} FROM series`,
    )
    .run(bookings);
  const booking = '(n - 1) / 2';
  database
    .prepare(
      `${SERIES} INSERT INTO ledger_entries (id, transaction_id, player_id, currency, amount, balance_after)
       SELECT n, ${booking} + 1, CASE n % 2 WHEN 1 THEN ${booking} % ${players} + 1 END, 'gold',
         CASE n % 2 WHEN 1 THEN 1 ELSE -1 END, CASE n % 2 WHEN 1 THEN ${booking} / ${players} + 1 END
       FROM series`,
    )
    .run(bookings * 2);
}
