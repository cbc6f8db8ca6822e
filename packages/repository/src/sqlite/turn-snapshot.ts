import type { SqliteConnection } from './connection.ts';

/** A snapshot is renewed after so many reads, for loops that never leave the microtask queue. */
const MAX_READS = 256;

/**
 * Lets the reads of one turn of the event loop share one snapshot. Taking and releasing SQLite's read lock costs
 * more than a point read itself (measured: 64 reads under one lock are three times as fast), so from the second
 * read of a turn on the lock is kept until the turn ends or this process commits a write.
 *
 * What a read may miss is only what another process committed since the turn began: nothing that a client could
 * know of before it sent the request, unless it sends requests without awaiting answers on one connection.
 */
export class TurnSnapshot {
  readonly #connection: SqliteConnection;
  #reads = 0;
  #open = false;
  #turnEnds = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** The connection to read on now. */
  connection(): SqliteConnection {
    if (!this.#turnEnds) {
      this.#turnEnds = true;
      setImmediate(() => this.#endTurn());
    }
    this.#reads += 1;
    if (this.#open) {
      if (this.#reads > MAX_READS) this.end();
    } else if (this.#reads > 1) {
      this.#connection.beginReading();
      this.#open = true;
    }
    return this.#connection;
  }

  /** The next read sees everything committed until then. */
  end(): void {
    this.#reads = 0;
    if (!this.#open) return;
    this.#open = false;
    this.#connection.rollback();
  }

  #endTurn(): void {
    this.#turnEnds = false;
    this.end();
  }
}
