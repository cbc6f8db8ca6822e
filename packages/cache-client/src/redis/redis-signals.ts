import type { Clock, Timer } from '@hanok/service-kit';
import { Redis } from 'ioredis';
import { SignalListeners, type SignalListener, type SignalSubscription } from '../store/signals.ts';
import type { RedisConnection } from './connect.ts';
import { unansweredPublish } from './unanswered-publish.ts';

/** How often the subscribing connection is tried; a broken one is found out within this and the timeout. */
const pingEveryMs = 1_000;

/**
 * Signals over Redis publish/subscribe, on a connection of their own that is made for the first subscription.
 * What is published while it is broken is lost; so everyone is signalled when it is back.
 */
export class RedisSignals {
  readonly #connect: () => RedisConnection;
  readonly #clock: Clock;
  readonly #listeners = new SignalListeners();
  #redis: RedisConnection | undefined;
  /** The connection over which signals may be sent as well, while it is the same. */
  #speaking: Redis['stream'] | undefined;
  #ping: Timer | undefined;

  constructor(connect: () => RedisConnection, clock: Clock) {
    this.#connect = connect;
    this.#clock = clock;
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    const redis = (this.#redis ??= this.#open());
    if (this.#listeners.add(key, listener) && redis.status === 'ready') void this.#listen([key]);
    return {
      close: () => {
        if (this.#listeners.remove(key, listener)) redis.unsubscribe(key).catch(() => undefined);
      },
    };
  }

  /**
   * Signals a key that only one process listens to: this one, at once, or another one, without an answer from Redis, which
   * would wake this process. False when this connection cannot do that.
   */
  tell(key: string, payload: string): boolean {
    if (this.#listeners.has(key)) {
      this.#listeners.signal(key, payload);
      return true;
    }
    const redis = this.#redis;
    if (!(redis instanceof Redis) || redis.status !== 'ready' || redis.stream !== this.#speaking)
      return false;
    redis.stream.write(unansweredPublish(key, payload));
    return true;
  }

  close(): void {
    this.#ping?.cancel();
    this.#redis?.disconnect();
  }

  #open(): RedisConnection {
    const redis = this.#connect();
    redis.on('ready', () => void this.#listen(this.#listeners.keys));
    redis.on('message', (key: string, payload: string) => this.#listeners.signal(key, payload));
    // The commands' own connection tells what is wrong with the server.
    redis.on('error', () => undefined);
    this.#pingLater(redis);
    return redis;
  }

  async #listen(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    try {
      await this.#redis?.subscribe(...keys);
      // What was published between the caller's last read and now.
      for (const key of keys) this.#listeners.signal(key);
    } catch {
      // The connection broke: it comes back, and subscribes to everything.
      return;
    }
    await this.#learnToSpeak();
  }

  /**
   * Old servers take nothing but subscriptions over such a connection (RESP2), and others may forbid the command: a
   * refusal that comes unasked would be taken for the answer to something else.
   */
  async #learnToSpeak(): Promise<void> {
    const redis = this.#redis;
    if (!(redis instanceof Redis) || redis.stream === this.#speaking) return;
    const { stream } = redis;
    try {
      await redis.call('CLIENT', 'REPLY', 'ON');
      this.#speaking = stream;
    } catch {
      // Then signals are sent as commands are.
    }
  }

  #pingLater(redis: RedisConnection): void {
    this.#ping = this.#clock.setTimer(pingEveryMs, () => {
      if (redis.status === 'ready') redis.ping().catch(() => undefined);
      this.#pingLater(redis);
    });
  }
}
