import { Worker } from 'node:worker_threads';
import type { Clock } from '@hanok/service-kit';
import type { SqliteConnection } from './connection.ts';

const MIB = 1_048_576;
/**
 * Length of the log from which on it is worth a checkpoint. The shorter, the more often writes wait for its end; the
 * longer, the more there is to read after an unclean stop.
 */
const START_BYTES = 64 * MIB;
/** What is left to copy for which writes may wait (some 30 ms, and the sync of the file), and new before the next attempt. */
const STEP_BYTES = 16 * MIB;
/** A thread that leaves more than this share of what it found does not catch up while writes go on. */
const CATCHING_UP = 0.7;
/** How often the length of the log is looked at: each look costs as much as a small statement. */
const LOOK_MS = 5;

/**
 * Keeps the write-ahead log short without stopping the event loop: a thread of its own copies and syncs it. Only a log
 * that is copied to its end can be used from its beginning again, so once little is left, or the thread does not catch
 * up, writes wait until it has finished; reads go on. On the event loop's own thread the whole of it took 60 to 180 ms
 * now and then, and the last step alone 10 to 20. The thread begins with the first log that is long enough: a quiet
 * database never has one.
 */
export class Checkpointer {
  readonly #path: string;
  readonly #writer: SqliteConnection;
  readonly #clock: Clock;
  #worker: Worker | undefined;
  /** Of the checkpoint under way. */
  #done: PromiseWithResolvers<void> | undefined;
  #closed = false;
  #lookedAtMs = 0;
  /** Length of the log at the last attempt of each kind. */
  #triedAt = { finish: -STEP_BYTES, begin: -STEP_BYTES };
  /** Bytes that the last copy beside writes found. */
  #found = Infinity;

  constructor(path: string, writer: SqliteConnection, clock: Clock) {
    this.#path = path;
    this.#writer = writer;
    this.#clock = clock;
  }

  /**
   * To be called after each commit, outside of any transaction.
   *
   * @returns a promise that the next write should wait for, if any; it never rejects.
   */
  afterCommit(): Promise<void> | undefined {
    if (this.#done !== undefined || this.#closed) return undefined;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < LOOK_MS) return undefined;
    this.#lookedAtMs = nowMs;
    const { log, checkpointed } = this.#writer.logLength();
    if (log < START_BYTES) {
      this.#triedAt = { finish: -STEP_BYTES, begin: -STEP_BYTES };
      return undefined;
    }
    const left = log - checkpointed;
    const step = left <= STEP_BYTES || left > this.#found * CATCHING_UP ? 'finish' : 'begin';
    // A reader of an old snapshot may prevent any progress: then it is not worth trying after every commit.
    if (left === 0 || log - this.#triedAt[step] < STEP_BYTES) return undefined;
    this.#triedAt[step] = log;
    this.#found = step === 'begin' ? left : Infinity;
    const done = this.#begin();
    return step === 'finish' ? done : undefined;
  }

  /** Ends the thread; the log is then the closing connection's to copy. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#closed = true;
    this.#worker = undefined;
    if (worker === undefined) return;
    // Now the process must not end before it.
    worker.ref();
    await new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
      worker.postMessage('end', []);
    });
  }

  #begin(): Promise<void> {
    this.#worker ??= this.#start();
    this.#done = Promise.withResolvers();
    this.#worker.postMessage('checkpoint', []);
    return this.#done.promise;
  }

  #end(): void {
    this.#done?.resolve();
    this.#done = undefined;
  }

  /** Once so much is written, the writer's reads count; before, the process would only seem to hold more memory. */
  #start(): Worker {
    this.#writer.mapFile();
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), {
      workerData: { path: this.#path },
    });
    worker.unref();
    worker.on('message', () => this.#end());
    // Without the thread, SQLite's own checkpoints begin once the log is long.
    worker.on('error', () => {
      this.#closed = true;
      this.#worker = undefined;
    });
    worker.on('exit', () => this.#end());
    return worker;
  }
}
