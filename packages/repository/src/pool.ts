import type { Clock } from '@hanok/service-kit';
import type { PoolStats } from './database.ts';
import { Busy, DatabaseClosed } from './errors.ts';

export interface PoolOptions {
  /** Connections opened at first and kept. Default 5; 0 to `max`. */
  readonly min?: number;
  /** Connections at most. Default 20; 1 to 1,000. */
  readonly max?: number;
  /** Callers waiting for a connection at most; beyond it Busy at once. Default 1,000. */
  readonly maxWaiting?: number;
  /** How long a statement waits before Busy; a transaction waits until its deadline. Default 2,000. */
  readonly waitTimeoutMs?: number;
  /** A connection unused for so long is checked before it is given out. Default 10,000. */
  readonly checkAfterMs?: number;
  /** A connection beyond `min` unused for so long is closed. Default 30,000. */
  readonly idleTimeoutMs?: number;
}

/** How the pool makes and ends its connections. */
export interface ConnectionFactory<C> {
  open(): Promise<C>;
  close(connection: C): void;
  /** Whether the connection is worth giving out again, as far as is known. */
  usable(connection: C): boolean;
  /** Finds out whether it still works, within a bounded time; must not reject. */
  check(connection: C): Promise<boolean>;
}

interface Waiter<C> {
  fulfil(connection: C): void;
  reject(error: unknown): void;
}

interface Idle<C> {
  readonly connection: C;
  readonly sinceMs: number;
}

/**
 * A bounded pool: the connection used last is given out first (so that the pool can shrink), callers wait in
 * order and not for ever, broken connections are replaced. `close` waits for the connections in use.
 */
export class ConnectionPool<C> {
  readonly #factory: ConnectionFactory<C>;
  readonly #clock: Clock;
  readonly #options: Required<PoolOptions>;
  readonly #idle: Idle<C>[] = [];
  readonly #waiting = new Set<Waiter<C>>();
  readonly #stats = { opened: 0, closed: 0, timedOut: 0, refused: 0 };
  /** Open or being opened. */
  #size = 0;
  #drained: (() => void) | undefined;
  #closed = false;

  constructor(factory: ConnectionFactory<C>, clock: Clock, options: PoolOptions = {}) {
    this.#factory = factory;
    this.#clock = clock;
    this.#options = settlePoolOptions(options);
  }

  /** Opens the first connections; rejects as `open` does, with none left open. */
  async warm(): Promise<void> {
    const missing = Math.max(0, this.#options.min - this.#size);
    const results = await Promise.allSettled(Array.from({ length: missing }, () => this.#open()));
    for (const result of results) if (result.status === 'fulfilled') this.release(result.value);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) return;
    for (const { connection } of this.#idle.splice(0)) this.#discard(connection);
    throw failure.reason;
  }

  /**
   * A connection; give it back with `release`. Rejects with Busy (after `waitTimeoutMs` when none becomes free),
   * DatabaseClosed, or as `open` does.
   */
  acquire(waitTimeoutMs: number = this.#options.waitTimeoutMs): Promise<C> {
    if (this.#closed) return Promise.reject(new DatabaseClosed());
    const checkBeforeMs = this.#clock.monotonicMs() - this.#options.checkAfterMs;
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!this.#factory.usable(idle.connection)) this.#discard(idle.connection);
      else if (idle.sinceMs > checkBeforeMs) return Promise.resolve(idle.connection);
      else return this.#checked(idle.connection, waitTimeoutMs);
    }
    if (this.#size < this.#options.max) return this.#open();
    if (this.#waiting.size >= this.#options.maxWaiting) {
      this.#stats.refused += 1;
      return Promise.reject(new Busy('too many callers are waiting for a connection'));
    }
    return this.#wait(waitTimeoutMs);
  }

  /** Gives a connection back; one that is not `usable` any more is closed and replaced when needed. */
  release(connection: C): void {
    if (this.#closed || !this.#factory.usable(connection)) {
      this.#discard(connection);
      this.#replaceForWaiter();
      return;
    }
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) waiter.fulfil(connection);
    else this.#idle.push({ connection, sinceMs: this.#clock.monotonicMs() });
    this.#shrink();
  }

  /** Runs `work` with a connection and gives it back, whatever happens. */
  async use<T>(work: (connection: C) => Promise<T>, waitTimeoutMs?: number): Promise<T> {
    const connection = await this.acquire(waitTimeoutMs);
    try {
      return await work(connection);
    } finally {
      this.release(connection);
    }
  }

  stats(): PoolStats {
    return {
      size: this.#size,
      idle: this.#idle.length,
      waiting: this.#waiting.size,
      max: this.#options.max,
      ...this.#stats,
    };
  }

  /** Refuses new callers and those waiting, and resolves when every connection is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiting) waiter.reject(new DatabaseClosed());
    this.#waiting.clear();
    for (const { connection } of this.#idle.splice(0)) this.#discard(connection);
    if (this.#size === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  async #checked(connection: C, waitTimeoutMs: number): Promise<C> {
    if (await this.#factory.check(connection)) return connection;
    this.#discard(connection);
    return this.acquire(waitTimeoutMs);
  }

  async #open(): Promise<C> {
    this.#size += 1;
    try {
      const connection = await this.#factory.open();
      this.#stats.opened += 1;
      return connection;
    } catch (error) {
      this.#shrunk();
      throw error;
    }
  }

  #wait(waitTimeoutMs: number): Promise<C> {
    const { promise, resolve, reject } = Promise.withResolvers<C>();
    const timer = this.#clock.setTimer(waitTimeoutMs, () => {
      this.#waiting.delete(waiter);
      this.#stats.timedOut += 1;
      reject(new Busy(`no connection became free within ${waitTimeoutMs} ms`));
    });
    const waiter: Waiter<C> = {
      fulfil: (connection) => {
        timer.cancel();
        resolve(connection);
      },
      reject: (error) => {
        timer.cancel();
        reject(error);
      },
    };
    this.#waiting.add(waiter);
    return promise;
  }

  #nextWaiter(): Waiter<C> | undefined {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      return waiter;
    }
    return undefined;
  }

  /** A broken connection made room: opens another for the caller who waits longest. */
  #replaceForWaiter(): void {
    if (this.#closed || this.#size >= this.#options.max) return;
    const waiter = this.#nextWaiter();
    if (waiter === undefined) return;
    this.#open().then(
      (connection) => waiter.fulfil(connection),
      (error: unknown) => {
        waiter.reject(error);
        this.#replaceForWaiter();
      },
    );
  }

  /** Closes connections beyond `min` that were idle too long; the oldest stand first. */
  #shrink(): void {
    const oldestMs = this.#clock.monotonicMs() - this.#options.idleTimeoutMs;
    while (this.#size > this.#options.min) {
      const oldest = this.#idle[0];
      if (oldest === undefined || oldest.sinceMs > oldestMs) return;
      this.#idle.shift();
      this.#discard(oldest.connection);
    }
  }

  #discard(connection: C): void {
    this.#factory.close(connection);
    this.#stats.closed += 1;
    this.#shrunk();
  }

  #shrunk(): void {
    this.#size -= 1;
    if (this.#size === 0) this.#drained?.();
  }
}

function settlePoolOptions(options: PoolOptions): Required<PoolOptions> {
  const { max = 20, maxWaiting = 1_000, waitTimeoutMs = 2_000 } = options;
  const { checkAfterMs = 10_000, idleTimeoutMs = 30_000 } = options;
  const { min = Math.min(5, max) } = options;
  const whole = [min, max, maxWaiting, waitTimeoutMs, checkAfterMs, idleTimeoutMs].every(
    (n) => Number.isSafeInteger(n) && n >= 0,
  );
  if (!whole || max < 1 || max > 1_000 || min > max) {
    throw new RangeError('pool: whole numbers with min <= max, max from 1 to 1000');
  }
  return { min, max, maxWaiting, waitTimeoutMs, checkAfterMs, idleTimeoutMs };
}
