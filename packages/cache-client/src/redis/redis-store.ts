import { createHash } from 'node:crypto';
import { systemClock, type Clock, type Rng } from '@hanok/service-kit';
import { Redis } from 'ioredis';
import { CacheError } from '../errors.ts';
import { dropTaggedOperation } from '../fills/fill-operations.ts';
import { checkPattern } from '../pattern.ts';
import { CacheStore, type DeletionReport, type ShardStatus } from '../store/cache-store.ts';
import { checkOperands } from '../store/operands.ts';
import type { Operation, Reply } from '../store/operation.ts';
import type { SignalListener, SignalSubscription } from '../store/signals.ts';
import { isSteady, slotsOf } from './cluster-slots.ts';
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
/** Keys looked at in one script, which holds the server up for a fraction of a millisecond. */
const keysPerScript = 100;

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

  async deleteMatching(pattern: string, tag?: string): Promise<readonly DeletionReport[]> {
    const match = escapeGlob(this.#prefix) + checkPattern(pattern);
    const primaries = this.connected ? primariesOf(this.#redis) : [];
    const [first] = primaries;
    if (first === undefined) return [this.#reportOf(this.#shard, 0, this.#notConnected())];
    if (this.#redis instanceof Redis) return [await this.#deleteOn(first, this.#shard, match, tag)];
    return this.#deleteOnCluster(primaries, match, tag);
  }

  /** While slots move, a key can go from a node not looked at yet to one that was: then all are looked at again. */
  async #deleteOnCluster(
    primaries: readonly Redis[],
    match: string,
    tag: string | undefined,
  ): Promise<readonly DeletionReport[]> {
    const slots = (): Promise<string[]> =>
      Promise.all(primaries.map((primary) => slotsOf(primary).catch(() => '[unknown]')));
    const pass = (): Promise<DeletionReport[]> =>
      Promise.all(
        primaries.map((primary) =>
          this.#deleteOn(primary, `${primary.options.host}:${primary.options.port}`, match, tag),
        ),
      );
    const before = await slots();
    const first = await pass();
    if (isSteady(before, await slots())) return first;
    const second = await pass();
    return second.map((report, i) => ({ ...report, deleted: report.deleted + (first[i]?.deleted ?? 0) }));
  }

  async #deleteOn(
    primary: Redis,
    shard: string,
    match: string,
    tag: string | undefined,
  ): Promise<DeletionReport> {
    let deleted = 0;
    try {
      let cursor = '0';
      do {
        const command = ['SCAN', cursor, 'MATCH', match, 'COUNT', String(keysPerScan)] as const;
        const [next, found] = (await this.#call(primary, command)) as [string, string[]];
        deleted += tag === undefined ? await this.#unlink(found) : await this.#unlinkTagged(found, tag);
        cursor = next;
      } while (cursor !== '0');
      return this.#reportOf(shard, deleted);
    } catch (error) {
      return this.#reportOf(shard, deleted, toCacheError(error, shard));
    }
  }

  /** One by one, since the keys of a page are in different slots of a cluster. */
  async #unlink(keys: readonly string[]): Promise<number> {
    const gone = await Promise.all(keys.map((key) => this.#send(['UNLINK', key])));
    return gone.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  async #unlinkTagged(keys: readonly string[], tag: string): Promise<number> {
    const { redis } = dropTaggedOperation;
    if (!('lua' in redis)) return 0;
    const size = this.#redis instanceof Redis ? keysPerScript : 1;
    const groups = Array.from({ length: Math.ceil(keys.length / size) }, (_, i) =>
      keys.slice(i * size, (i + 1) * size),
    );
    const gone = await Promise.all(groups.map((group) => this.#runScript(redis.lua, group, [tag])));
    return gone.reduce<number>((sum, count) => sum + Number(count), 0);
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
