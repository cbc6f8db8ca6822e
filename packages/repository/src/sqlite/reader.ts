import type { Clock, Rng } from '@hanok/service-kit';
import { backoffMs } from '../backoff.ts';
import { deadlineIn } from '../deadline.ts';
import type { DriverRow, DriverValue } from '../entity/codec.ts';
import type { CompiledQuery } from '../query/executor.ts';
import type { SqliteConnection } from './connection.ts';
import { isBusy, sqliteError } from './errors.ts';
import type { TurnSnapshot } from './turn-snapshot.ts';

export interface ReaderOptions {
  readonly connection: SqliteConnection;
  /** Shares a snapshot within a turn; undefined for a database in memory. */
  readonly snapshot: TurnSnapshot | undefined;
  readonly clock: Clock;
  readonly rng: Rng;
  /** How long a read may wait for a lock. */
  readonly timeoutMs: number;
}

/** Reads outside transactions: at once, on a connection of their own. */
export class Reader {
  readonly connection: SqliteConnection;
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.connection = options.connection;
    this.#options = options;
  }

  /** The hot path: no closure, one promise. */
  get<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T | undefined> {
    try {
      const row = this.#now().get(query, values);
      return Promise.resolve(row === undefined ? undefined : decode(row));
    } catch (error) {
      return this.#failed(error, query, (connection) => {
        const row = connection.get(query, values);
        return row === undefined ? undefined : decode(row);
      });
    }
  }

  perform<T>(query: CompiledQuery, work: (connection: SqliteConnection) => T): Promise<T> {
    try {
      return Promise.resolve(work(this.#now()));
    } catch (error) {
      return this.#failed(error, query, work);
    }
  }

  close(): void {
    this.#options.snapshot?.end();
    this.connection.close();
  }

  #now(): SqliteConnection {
    return this.#options.snapshot?.connection() ?? this.connection;
  }

  /** Readers meet a lock only while another process recovers or closes the file; then they try again. */
  async #failed<T>(
    first: unknown,
    query: CompiledQuery,
    work: (connection: SqliteConnection) => T,
  ): Promise<T> {
    const { snapshot, clock, rng, timeoutMs } = this.#options;
    snapshot?.end();
    const deadline = deadlineIn(clock, timeoutMs);
    let error = first;
    for (let attempt = 0; isBusy(error) && clock.monotonicMs() < deadline.expiresAtMs; attempt += 1) {
      await clock.sleep(backoffMs(rng, attempt, 1, 20));
      try {
        return work(this.connection);
      } catch (again) {
        error = again;
      }
    }
    throw sqliteError(error, query.entity);
  }
}
