import { systemClock, type Clock } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { dropTaggedOperation } from '../fills/fill-operations.ts';
import { checkPattern, patternMatcher } from '../pattern.ts';
import { CacheStore, type DeletionReport, type ShardStatus } from '../store/cache-store.ts';
import type { SignalListener, SignalSubscription } from '../store/signals.ts';
import { checkOperands } from '../store/operands.ts';
import type { AnyOperation, Operation } from '../store/operation.ts';
import { deleteKey } from '../strings/string-operations.ts';
import { Keyspace } from './keyspace.ts';

/** Told of every change before it is acknowledged. */
export interface ChangeLog {
  /** Carries a change out at one moment: ids and TTLs made from it must come out the same when it is repeated. */
  carryOut<T>(change: () => T): { readonly at: number; readonly reply: T };
  /** Resolves when the change of that moment will survive the end of this process. @throws CacheError */
  append(
    at: number,
    operation: AnyOperation,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<void>;
  close(): Promise<void>;
}

export interface MemoryStoreOptions {
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Most keys. Default 250,000. */
  readonly maxEntries?: number;
  /** Approximate bytes of keys and values. Default 256 MiB. */
  readonly maxBytes?: number;
}

/** Keys looked at before everything else in the process gets its turn. */
const keysInATurn = 2_000;

/** The cache inside this process: every operation runs at once, in the order of the calls. */
export class MemoryStore extends CacheStore {
  readonly space: Keyspace;
  #log: ChangeLog | undefined;
  #closed = false;

  constructor({
    clock = systemClock,
    maxEntries = 250_000,
    maxBytes = 268_435_456,
  }: MemoryStoreOptions = {}) {
    super();
    this.space = new Keyspace({ clock, maxEntries, maxBytes });
  }

  get connected(): boolean {
    return !this.#closed;
  }

  get lastError(): CacheError | undefined {
    return undefined;
  }

  status(): readonly ShardStatus[] {
    return [{ shard: 'memory', connected: this.connected, lastError: undefined }];
  }

  // Async, so that a refusal is a rejection as on every other store.
  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    if (this.#closed) throw new CacheError('closed', 'the memory store is closed');
    const texts = checkOperands(keys, args);
    if (operation.effect === 'grows') this.space.admit();
    if (this.#log === undefined || operation.effect === 'reads') {
      return operation.decode(operation.memory(this.space, keys, texts));
    }
    const { at, reply } = this.#log.carryOut(() => operation.memory(this.space, keys, texts));
    await this.#log.append(at, operation, keys, texts);
    return operation.decode(reply);
  }

  async deleteMatching(pattern: string, tag?: string): Promise<readonly DeletionReport[]> {
    const matches = patternMatcher(checkPattern(pattern));
    const remove = (key: string) =>
      tag === undefined
        ? this.run(deleteKey, [key], []).then(Number)
        : this.run(dropTaggedOperation, [key], [tag]);
    let deleted = 0;
    for (const keys of inTurns(this.space.keys())) {
      const gone = await Promise.all(keys.filter(matches).map(remove));
      deleted += gone.reduce((sum, count) => sum + count, 0);
      if (keys.length === keysInATurn) await nextTurn();
    }
    return [{ shard: 'memory', ok: true, deleted }];
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    this.space.signals.add(key, listener);
    return { close: () => void this.space.signals.remove(key, listener) };
  }

  /** From now on every change is told to `log`, in order, and acknowledged when that has it. */
  attach(log: ChangeLog): void {
    this.#log = log;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#log?.close();
  }
}

function* inTurns(keys: Iterable<string>): Generator<string[]> {
  let turn: string[] = [];
  for (const key of keys) {
    turn.push(key);
    if (turn.length < keysInATurn) continue;
    yield turn;
    turn = [];
  }
  yield turn;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
