import type { SqliteConnection } from './connection.ts';

/** A snapshot is renewed after so many reads, for loops that never leave the microtask queue. */
const MAX_READS = 256;

/**
 * Lets reads share one snapshot as long as the event loop does not go on to anything else. Taking and releasing SQLite's
 * read lock costs more than a point read itself (measured: 64 reads under one lock are three times as fast), so from the
 * second read on the lock is kept until then, or until this process commits a write.
 *
 * What a read may miss is only what another process committed since then: nothing that whoever asked could know of,
 * because nothing was received meanwhile.
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
      // Runs when no promise is left to go on with, and before anything else is received.
      process.nextTick(() => this.#endTurn());
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
