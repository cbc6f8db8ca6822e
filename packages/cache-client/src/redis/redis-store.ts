import { createHash } from 'node:crypto';
import { systemClock, type Clock, type Rng } from '@hanok/service-kit';
import { Redis } from 'ioredis';
import { CacheError } from '../errors.ts';
import { checkPattern } from '../pattern.ts';
import { CacheStore, type DeletionReport, type ShardStatus } from '../store/cache-store.ts';
import { checkOperands } from '../store/operands.ts';
import type { Operation, Reply } from '../store/operation.ts';
import type { SignalListener, SignalSubscription } from '../store/signals.ts';
import { RedisSignals } from './redis-signals.ts';
import { connectRedis, primariesOf, type RedisConnection } from './connect.ts';
import { nameOf, type RedisTarget } from './redis-target.ts';
import { isScriptMissing, toCacheError } from './redis-errors.ts';

export interface RedisStoreOptions {
  /** Before every key. Default `hanok:1:`; the number is the version of the key layout. */
  readonly keyPrefix?: string;
  /** Longest silence of a server that owes an answer; then the connection is given up. Default 1,000. */
  readonly commandTimeoutMs?: number;
  /** Most commands waiting for an answer; more fail with `overloaded`. Default 10,000. */
  readonly maxInFlight?: number;
  readonly rng?: Rng;
  readonly clock?: Clock;
}

const keysPerScan = 1_000;

/**
 * One Redis server, Redis Cluster or primary behind Sentinels, over one connection a server that comes back by itself (back-off with jitter, at most 0.4 s apart).
 *
 * While it is away commands fail at once with `unavailable`: nothing is queued for later, so nothing is carried
 * out long after its caller gave up. A server that accepts but does not answer is found out by
 * `commandTimeoutMs` of silence, which ends the connection and every command on it.
 */
export class RedisStore extends CacheStore {
  readonly #shard: string;
  readonly #prefix: string;
  readonly #maxInFlight: number;
  readonly #redis: RedisConnection;
  readonly #signals: RedisSignals;
  #inFlight = 0;
  #gathering = false;
  #lastError: CacheError | undefined;
  #closed = false;

  constructor(target: RedisTarget, options: RedisStoreOptions = {}) {
    super();
    this.#shard = nameOf(target);
    this.#prefix = options.keyPrefix ?? 'hanok:1:';
    this.#maxInFlight = options.maxInFlight ?? 10_000;
    this.#redis = connectRedis(target, options);
    this.#signals = new RedisSignals(() => connectRedis(target, options), options.clock ?? systemClock);
    this.#noteFailures();
  }

  get connected(): boolean {
    return this.#redis.status === 'ready' && !this.#closed;
  }

  get lastError(): CacheError | undefined {
    return this.#lastError;
  }

  status(): readonly ShardStatus[] {
    return [{ shard: this.#shard, connected: this.connected, lastError: this.#lastError }];
  }

  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    const texts = checkOperands(keys, args);
    const prefixed = keys.map((key) => this.#prefix + key);
    const { redis } = operation;
    const reply =
      'lua' in redis
        ? await this.#runScript(redis.lua, prefixed, texts)
        : await this.#send(redis.command(prefixed, texts));
    return operation.decode(reply);
  }

  async deleteMatching(pattern: string): Promise<readonly DeletionReport[]> {
    const match = escapeGlob(this.#prefix) + checkPattern(pattern);
    const primaries = this.connected ? primariesOf(this.#redis) : [];
    if (primaries.length === 0) return [this.#reportOf(this.#shard, 0, this.#notConnected())];
    return Promise.all(primaries.map((primary) => this.#deleteOn(primary, match, primaries.length > 1)));
  }

  async #deleteOn(primary: Redis, match: string, isOneOfSeveral: boolean): Promise<DeletionReport> {
    const shard = isOneOfSeveral ? `${primary.options.host}:${primary.options.port}` : this.#shard;
    let deleted = 0;
    try {
      let cursor = '0';
      do {
        const page = await this.#call(primary, [
          'SCAN',
          cursor,
          'MATCH',
          match,
          'COUNT',
          String(keysPerScan),
        ]);
        const [next, found] = page as [string, string[]];
        // One by one, since the keys of a page are in different slots of a cluster.
        const gone = await Promise.all(found.map((key) => this.#call(primary, ['UNLINK', key])));
        deleted += gone.reduce<number>((sum, count) => sum + Number(count), 0);
        cursor = next;
      } while (cursor !== '0');
      return this.#reportOf(shard, deleted);
    } catch (error) {
      return this.#reportOf(shard, deleted, toCacheError(error, shard));
    }
  }

  #reportOf(shard: string, deleted: number, error?: CacheError): DeletionReport {
    return error === undefined ? { shard, ok: true, deleted } : { shard, ok: false, deleted, error };
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    return this.#signals.subscribe(this.#prefix + key, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#signals.close();
    this.#redis.disconnect();
  }

  /** The driver tells why a connection broke only sometimes. */
  #noteFailures(): void {
    let lost: CacheError | undefined;
    this.#redis.on('ready', () => {
      lost = new CacheError('unavailable', `the connection to Redis ${this.#shard} was lost`);
    });
    this.#redis.on('error', (error: unknown) => {
      this.#lastError = toCacheError(error, this.#shard);
      lost = undefined;
    });
    this.#redis.on('close', () => {
      if (lost !== undefined && !this.#closed) this.#lastError = lost;
      lost = undefined;
    });
  }

  async #runScript(lua: string, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.#send(['EVALSHA', shaOf(lua), ...rest]);
    } catch (error) {
      if (!(error instanceof CacheError) || !isScriptMissing(error.cause)) throw error;
      return this.#send(['EVAL', lua, ...rest]);
    }
  }

  #send(command: readonly [string, ...string[]]): Promise<Reply> {
    return this.#call(this.#redis, command);
  }

  async #call(redis: RedisConnection, [command, ...args]: readonly [string, ...string[]]): Promise<Reply> {
    if (this.#closed) throw new CacheError('closed', 'the Redis store is closed');
    if (!this.connected) throw this.#notConnected();
    if (this.#inFlight >= this.#maxInFlight) {
      throw new CacheError(
        'overloaded',
        `${this.#maxInFlight} commands already wait for Redis ${this.#shard}`,
      );
    }
    this.#inFlight += 1;
    this.#gather(redis);
    try {
      return (await redis.call(command, ...args)) as Reply;
    } catch (error) {
      // #closed can have changed while the command was under way.
      if (this.#closed as boolean)
        throw new CacheError('closed', 'the Redis store was closed', { cause: error });
      const failure = toCacheError(error, this.#shard);
      if (failure.retryable || failure.code === 'denied') this.#lastError = failure;
      throw failure;
    } finally {
      this.#inFlight -= 1;
    }
  }

  /**
   * The commands of one turn of the event loop go out in one write; each alone would cost a system call. (Measured
   * against the driver with and without its own auto-pipelining.)
   */
  #gather(redis: RedisConnection): void {
    if (this.#gathering || !(redis instanceof Redis)) return;
    const { stream } = redis;
    this.#gathering = true;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }

  #notConnected(): CacheError {
    return new CacheError('unavailable', `Redis ${this.#shard} is not connected`, { cause: this.#lastError });
  }
}

const shas = new Map<string, string>();

function shaOf(lua: string): string {
  let sha = shas.get(lua);
  if (sha === undefined) {
    sha = createHash('sha1').update(lua).digest('hex');
    shas.set(lua, sha);
  }
  return sha;
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`);
}
