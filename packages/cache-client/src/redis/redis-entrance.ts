import type { Clock } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import type { RedisConnection } from './connect.ts';

export interface RedisEntranceOptions {
  readonly clock: Clock;
  /** Resolves when commands may be sent on the connection that was just made; undefined when they always may. */
  readonly admit: () => Promise<void> | undefined;
  /** Whether it may turn out to be a replica; then the next address is tried. */
  readonly isPrimaryUnsure: boolean;
  readonly onRefusal: (error: unknown) => void;
}

const askAgainMs = 200;

/** Keeps commands off a connection until the server at its other end turned out to be the right one. */
export class RedisEntrance {
  readonly #redis: RedisConnection;
  readonly #options: RedisEntranceOptions;
  readonly #closing = new AbortController();
  /** Counts connections, so that what is learned about one is not taken for the next. */
  #connection = 0;
  #admitted = -1;

  constructor(redis: RedisConnection, options: RedisEntranceOptions) {
    this.#redis = redis;
    this.#options = options;
    redis.on('ready', () => void this.#ask(this.#connection));
    redis.on('close', () => void (this.#connection += 1));
  }

  /** True when commands may be sent on the present connection. */
  get isOpen(): boolean {
    return this.#admitted === this.#connection;
  }

  close(): void {
    this.#closing.abort();
  }

  async #ask(connection: number): Promise<void> {
    const { clock, admit, isPrimaryUnsure, onRefusal } = this.#options;
    const { signal } = this.#closing;
    while (connection === this.#connection && !signal.aborted) {
      try {
        if (isPrimaryUnsure) await this.#assertPrimary();
        // Without anything to wait for it opens in this very turn.
        const admission = admit();
        if (admission !== undefined) await admission;
        if (connection === this.#connection) this.#admitted = connection;
        return;
      } catch (error) {
        onRefusal(error);
        await clock.sleep(askAgainMs, signal).catch(() => undefined);
        if (error instanceof CacheError && error.code === 'read_only' && !signal.aborted) {
          // The driver connects again, to the next address.
          if (connection === this.#connection) this.#redis.disconnect(true);
          return;
        }
      }
    }
  }

  async #assertPrimary(): Promise<void> {
    const [role] = (await this.#redis.call('ROLE')) as [string];
    if (role !== 'master') throw new CacheError('read_only', 'this Redis is a replica');
  }
}
