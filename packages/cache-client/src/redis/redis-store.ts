import { createHash } from 'node:crypto';
import { systemClock, type Clock, type Rng } from '@hanok/service-kit';
import { Redis } from 'ioredis';
import { CacheError } from '../errors.ts';
import { checkPattern } from '../pattern.ts';
import { guardLua, type RingGate } from '../sharding/ring-gate.ts';
import { CacheStore, type DeletionReport, type ShardStatus } from '../store/cache-store.ts';
import { checkOperands } from '../store/operands.ts';
import type { Operation, Reply } from '../store/operation.ts';
import type { SignalListener, SignalSubscription } from '../store/signals.ts';
import { connectRedis, type RedisConnection } from './connect.ts';
import { deleteMatching, escapeGlob, pagesOf } from './delete-matching.ts';
import { RedisEntrance } from './redis-entrance.ts';
import { isKeyBusy, isScriptMissing, toCacheError } from './redis-errors.ts';
import { RedisSignals } from './redis-signals.ts';
import { nameOf, type RedisTarget } from './redis-target.ts';

export interface RedisStoreOptions {
  /** Before every key. Default {@link defaultKeyPrefix}; the number is the version of the key layout. */
  readonly keyPrefix?: string;
  /** Longest silence of a server that owes an answer; then the connection is given up. Default 1,000. */
  readonly commandTimeoutMs?: number;
  /** Most commands waiting for an answer; more fail with `overloaded`. Default 10,000. */
  readonly maxInFlight?: number;
  readonly rng?: Rng;
  readonly clock?: Clock;
  /** Watches over the list of servers this one is in. Default: there is no such list. */
  readonly gate?: RingGate;
}

export const defaultKeyPrefix = 'hanok:1:';

/** Commands that go out in one write. */
const gatheredBytes = 4_096;

/**
 * One Redis server, Redis Cluster or primary behind Sentinels, over one connection a server that comes back by
 * itself (back-off with jitter, at most 0.4 s apart).
 *
 * While it is away commands fail at once with `unavailable`: nothing is queued for later, so nothing is carried
 * out long after its caller gave up. A server that accepts but does not answer is found out by
 * `commandTimeoutMs` of silence, which ends the connection and every command on it.
 */
export class RedisStore extends CacheStore {
  readonly #target: RedisTarget;
  readonly #shard: string;
  readonly #prefix: string;
  readonly #maxInFlight: number;
  readonly #commandTimeoutMs: number;
  readonly #redis: RedisConnection;
  readonly #gate: RingGate | undefined;
  readonly #entrance: RedisEntrance;
  readonly #signals: RedisSignals;
  #inFlight = 0;
  #gathering = false;
  #lastError: CacheError | undefined;
  #closed = false;

  constructor(target: RedisTarget, options: RedisStoreOptions = {}) {
    super();
    const { clock = systemClock, gate } = options;
    this.#target = target;
    this.#shard = nameOf(target);
    this.#prefix = options.keyPrefix ?? defaultKeyPrefix;
    this.#maxInFlight = options.maxInFlight ?? 10_000;
    this.#commandTimeoutMs = options.commandTimeoutMs ?? 1_000;
    this.#gate = gate;
    const connect = (): RedisConnection =>
      connectRedis(target, { ...options, connectionName: gate?.connectionName });
    this.#redis = connect();
    this.#signals = new RedisSignals(connect, clock);
    this.#noteFailures();
    gate?.add(this.#shard, (command) => this.callRaw(command));
    this.#entrance = new RedisEntrance(this.#redis, {
      clock,
      admit: () => gate?.admit(this.#shard),
      isPrimaryUnsure: 'host' in target && target.standbys !== undefined,
      onRefusal: (error) => {
        this.#lastError = toCacheError(error, this.#shard);
      },
    });
  }

  get connected(): boolean {
    return this.#redis.status === 'ready' && this.#entrance.isOpen && !this.#closed;
  }

  get lastError(): CacheError | undefined {
    return this.#lastError;
  }

  /** One server has one connection, and does one command after the other. */
  override get keepsOrder(): boolean {
    return this.#redis instanceof Redis;
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

  /**
   * Carries out an operation on keys that will leave this server, if they have not yet.
   *
   * @throws CacheError for which `isRingChanged` is true when they may have left; nothing was done.
   */
  async runBeforeChange<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    if (this.#gate === undefined) return this.run(operation, keys, args);
    const texts = checkOperands(keys, args);
    const prefixed = keys.map((key) => this.#prefix + key);
    const guard = guardLua(this.#gate);
    const { redis } = operation;
    const reply =
      'lua' in redis
        ? await this.#runScript(guard + redis.lua, prefixed, texts)
        : await this.#runScript(
            `${guard}return redis.call(unpack(ARGV))`,
            prefixed,
            redis.command(prefixed, texts),
          );
    return operation.decode(reply);
  }

  /**
   * Moves keys to another server, each with its TTL and so that it is on one of the two at every moment; absent
   * ones are no error. Both servers stand still while a key is on its way: long for a very big one.
   *
   * @throws CacheError when either server cannot be reached, or the other has no room.
   */
  async moveKeys(keys: readonly string[], to: RedisStore): Promise<void> {
    await Promise.all(keys.map((key) => this.#moveKey(this.#prefix + key, to)));
  }

  /** The keys of this store, without their prefix, a page at a time. One or the other may come twice. */
  async *keys(): AsyncGenerator<readonly string[]> {
    if (!(this.#redis instanceof Redis)) return;
    const calls = { on: this.#call.bind(this) };
    for await (const page of pagesOf(calls, this.#redis, `${escapeGlob(this.#prefix)}*`)) {
      yield page.map((key) => key.slice(this.#prefix.length));
    }
  }

  /** Sends a command as it is, also while the server's list of servers keeps all others out. @throws CacheError */
  async callRaw([command, ...args]: readonly [string, ...string[]]): Promise<Reply> {
    if (this.#redis.status !== 'ready') throw this.#notConnected();
    try {
      return (await this.#redis.call(command, ...args)) as Reply;
    } catch (error) {
      throw toCacheError(error, this.#shard);
    }
  }

  async deleteMatching(pattern: string, tag?: string): Promise<readonly DeletionReport[]> {
    const match = escapeGlob(this.#prefix) + checkPattern(pattern);
    if (!this.connected) return [{ shard: this.#shard, ok: false, deleted: 0, error: this.#notConnected() }];
    const calls = {
      connection: this.#redis,
      shard: this.#shard,
      on: this.#call.bind(this),
      send: this.#send.bind(this),
      script: this.#runScript.bind(this),
    };
    return deleteMatching(calls, match, tag);
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    return this.#signals.subscribe(this.#prefix + key, listener);
  }

  override tell(key: string, payload: string): void {
    if (!this.#signals.tell(this.#prefix + key, payload)) super.tell(key, payload);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#entrance.close();
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

  async #moveKey(key: string, to: RedisStore): Promise<void> {
    const { host = '', port = 0 } = to.#redis instanceof Redis ? to.#redis.options : {};
    const { database = 0, username = '', password } = 'host' in to.#target ? to.#target : {};
    const login =
      password === undefined ? [] : username === '' ? ['AUTH', password] : ['AUTH2', username, password];
    const where = [host, String(port), key, String(database), String(this.#commandTimeoutMs)];
    try {
      await this.#send(['MIGRATE', ...where, ...login]);
    } catch (error) {
      if (!isKeyBusy(error)) throw error;
      // It arrived earlier, and the word of it did not come back: what is there is the key, what is here a copy.
      await this.#send(['UNLINK', key]);
    }
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
   * The commands of one turn of the event loop go out together; each alone would cost a system call. Of many, the
   * first go out before the turn is over, or the server would idle while they are made, and this process while they
   * are carried out. (Measured against the driver with and without its own auto-pipelining.)
   */
  #gather(redis: RedisConnection): void {
    if (!(redis instanceof Redis)) return;
    const { stream } = redis;
    if (this.#gathering) {
      if (stream.writableLength < gatheredBytes) return;
      stream.uncork();
      stream.cork();
      return;
    }
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
