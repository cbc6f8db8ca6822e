import type { CacheError } from '../errors.ts';
import { incrementOperation } from '../counters/increment-operation.ts';
import { popBack, popFront, pushBack, pushFront } from '../lists/list-operations.ts';
import { checkInteger } from '../names.ts';
import { deleteKey, keyExists, stringGet, stringSet } from '../strings/string-operations.ts';
import type { Operation } from './operation.ts';
import { signalOperation } from './signal-operation.ts';
import type { SignalListener, SignalSubscription } from './signals.ts';

/** What a deletion by pattern did on one server. */
export interface DeletionReport {
  /** `memory`, or the server's `host:port`. */
  readonly shard: string;
  readonly ok: boolean;
  readonly deleted: number;
  /** Why the server did not take part; only when `ok` is false. */
  readonly error?: CacheError;
}

/** The state of one server behind a store. */
export interface ShardStatus {
  readonly shard: string;
  readonly connected: boolean;
  readonly lastError: CacheError | undefined;
}

export interface SetOptions {
  /** Milliseconds until the key is gone, an integer from 1. Default: it stays. */
  readonly ttlMs?: number;
}

/**
 * The contract of every cache engine. Values are strings (UTF-8, at most 1 MiB); keys are strings of at most
 * 512 characters. An engine implements `run` and `deleteMatching`; the plain commands follow from them.
 *
 * No call ever hangs: each ends within the engine's command timeout, with a result or a `CacheError`.
 */
export abstract class CacheStore {
  /** True when the next command can be expected to reach every server. */
  abstract readonly connected: boolean;
  /** The most recent failure to reach or use a server; kept after recovery. */
  abstract readonly lastError: CacheError | undefined;
  /** Every server behind this store. */
  abstract status(): readonly ShardStatus[];

  /**
   * Carries out one operation atomically. All keys must live together: they are equal, or share a `{tag}`.
   *
   * @throws CacheError of any code.
   */
  abstract run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result>;

  /**
   * Deletes the keys that match `pattern` (`*` any run, `?` any one character) on every server; with a `tag` only
   * cached entries that carry it, and all leases, since what is being loaded may carry it. A server that cannot
   * be reached is reported, not thrown. Keys created while it runs may or may not be deleted.
   */
  abstract deleteMatching(pattern: string, tag?: string): Promise<readonly DeletionReport[]>;

  /**
   * Calls `listener` soon after an operation that signals (such as publishing a message) was carried out on the
   * key, by any process. Calls may be late or too many; after an interruption there is one without a payload.
   */
  abstract subscribe(key: string, listener: SignalListener): SignalSubscription;

  /**
   * Signals a key that only one process listens to. Whether it hears that, nobody is told: it may be lost, as every
   * signal may.
   */
  tell(key: string, payload: string): void {
    this.run(signalOperation, [key], [payload]).catch(() => undefined);
  }

  /** Ends connections and timers. Calls still waiting fail with `closed`. */
  abstract close(): Promise<void>;

  /** The stores whose keys live apart from each other: this one alone, unless it is made of shards. */
  get parts(): readonly CacheStore[] {
    return [this];
  }

  /** The part a key lives on. */
  partOf(_key: string): CacheStore {
    return this;
  }

  /**
   * True when commands are carried out in the order they were given, so that one that has to come after another need
   * not wait for its answer. Scripts may come later, when the server has forgotten them.
   */
  get keepsOrder(): boolean {
    return false;
  }

  /** False while the key may change its part: then no near cache may keep a copy. */
  isSettled(_key: string): boolean {
    return true;
  }

  get(key: string): Promise<string | undefined> {
    return this.run(stringGet, [key], []);
  }

  /** Replaces whatever the key held, and its TTL. */
  async set(key: string, value: string, { ttlMs }: SetOptions = {}): Promise<void> {
    const ttl = ttlMs === undefined ? '' : checkInteger('ttlMs', ttlMs, 1);
    await this.run(stringSet, [key], [value, ttl]);
  }

  /** True when there was something to delete. */
  delete(key: string): Promise<boolean> {
    return this.run(deleteKey, [key], []);
  }

  exists(key: string): Promise<boolean> {
    return this.run(keyExists, [key], []);
  }

  /**
   * Adds `by` to the integer at the key (0 when absent) and resolves to the sum. A key that this begins gets the
   * TTL; one that was there keeps its own.
   *
   * @throws CacheError `out_of_range` when the sum would leave ±(2^53 - 1); nothing is changed.
   */
  async incrementBy(key: string, by: number, { ttlMs }: SetOptions = {}): Promise<number> {
    const ttl = ttlMs === undefined ? '' : checkInteger('ttlMs', ttlMs, 1);
    return this.run(incrementOperation, [key], [checkInteger('by', by), ttl]);
  }

  /** Resolves to the list's length. */
  pushFront(key: string, value: string): Promise<number> {
    return this.run(pushFront, [key], [value]);
  }

  /** Resolves to the list's length. */
  pushBack(key: string, value: string): Promise<number> {
    return this.run(pushBack, [key], [value]);
  }

  popFront(key: string): Promise<string | undefined> {
    return this.run(popFront, [key], []);
  }

  popBack(key: string): Promise<string | undefined> {
    return this.run(popBack, [key], []);
  }
}
