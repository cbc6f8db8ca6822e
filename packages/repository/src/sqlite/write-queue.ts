import type { Clock, Rng } from '@hanok/service-kit';
import { backoffMs } from '../backoff.ts';
import type { Deadline } from '../deadline.ts';
import { Busy, ConnectionLost, DatabaseClosed, StorageFull } from '../errors.ts';
import type { SqliteConnection } from './connection.ts';
import { isBusy, sqliteError } from './errors.ts';

/**
 * One member of a group: runs inside the group's transaction, undoes its own failure, and throws it. May run again
 * when its group could not be committed.
 */
export interface WriteJob {
  readonly deadline: Deadline;
  /** A promise only when the job's body awaits; the queue waits for it before the next job. */
  run(connection: SqliteConnection): unknown;
  fulfil(result: unknown): void;
  reject(error: unknown): void;
}

export interface WriteQueueOptions {
  readonly connection: SqliteConnection;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Jobs waiting beyond this are refused with Busy. */
  readonly maxQueued: number;
  /** Called before each commit and checkpoint: readers of this process must let go of what they have seen. */
  beforeCommit?(): void;
  /** Called after each commit, outside of any transaction. What it gives must never reject; the next group waits for it. */
  afterCommit?(): Promise<void> | undefined;
}

const MAX_GROUP = 1_024;
/** A group stops growing after this, so that the event loop and other processes get their turn. */
const GROUP_BUDGET_MS = 20;
const BUSY_BASE_MS = 0.5;
const BUSY_CAP_MS = 8;
/** Another process wrote within this time: give way between groups. */
const SHARED_MEMORY_MS = 1_000;
const GIVE_WAY_MS = 2;
/** How often a process looks whether another one wrote: each look costs as much as a small statement. */
const LOOK_MS = 5;

/**
 * Group commit: all writes that arrive in one turn of the event loop run one after another inside one SQLite
 * transaction, each with its own outcome, and are answered only after its COMMIT. The next group gathers while
 * this one runs, so groups grow with the load and no write waits for a timer.
 *
 * Across processes the write lock is SQLite's own, asked for without blocking, with jittered retries; a process
 * that knows of another writer pauses between its groups so that neither can starve.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #waiting: WriteJob[] = [];
  #draining: Promise<void> | undefined;
  /** What the next group waits for. */
  #checkpoint: Promise<void> | undefined;
  #closed = false;
  #sharedUntilMs = 0;
  #lookedAtMs = 0;
  /** So many of the jobs waiting first are to run in groups of one. */
  #alone = 0;
  #dataVersion: number;
  readonly #stats = { commits: 0, writes: 0, busyRetries: 0, largestGroup: 0 };

  constructor(options: WriteQueueOptions) {
    this.#options = options;
    this.#dataVersion = options.connection.dataVersion();
  }

  get stats() {
    return { ...this.#stats, queued: this.#waiting.length };
  }

  /** Whether the connection is outside any group, so that reading on it sees committed data only. */
  get idle(): boolean {
    return !this.#options.connection.inTransaction;
  }

  /** Takes the job, or rejects it at once when too many wait. */
  submit(job: WriteJob): void {
    if (this.#closed) job.reject(new DatabaseClosed());
    else if (this.#waiting.length >= this.#options.maxQueued)
      job.reject(new Busy('too many writes are waiting'));
    else {
      this.#waiting.push(job);
      this.#draining ??= this.#drain();
    }
  }

  /** Refuses new jobs and resolves when those taken are settled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await nextTurn();
    while (this.#waiting.length > 0) {
      await this.#checkpoint;
      if (await this.#lock()) await this.#group();
      if (this.#waiting.length > 0) await this.#pause();
    }
    this.#draining = undefined;
  }

  async #pause(): Promise<void> {
    const { clock, rng } = this.#options;
    if (clock.monotonicMs() < this.#sharedUntilMs) await clock.sleep(GIVE_WAY_MS * rng.next());
    else await nextTurn();
  }

  /** Begins the group's transaction; false when every job ran out of time before the lock was free. */
  async #lock(): Promise<boolean> {
    const { connection, clock, rng } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      this.#expire();
      if (this.#waiting.length === 0) return false;
      try {
        connection.begin();
        this.#noticeOthers();
        return true;
      } catch (error) {
        if (!isBusy(error)) {
          const failure = sqliteError(error);
          for (const job of this.#waiting.splice(0)) job.reject(failure);
          return false;
        }
      }
      this.#stats.busyRetries += 1;
      this.#sharedUntilMs = clock.monotonicMs() + SHARED_MEMORY_MS;
      await clock.sleep(backoffMs(rng, attempt, BUSY_BASE_MS, BUSY_CAP_MS));
    }
  }

  #noticeOthers(): void {
    const { connection, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = nowMs;
    const version = connection.dataVersion();
    if (version === this.#dataVersion) return;
    this.#dataVersion = version;
    this.#sharedUntilMs = nowMs + SHARED_MEMORY_MS;
  }

  /** Rejects the jobs whose deadline passed while they waited. */
  #expire(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (!this.#waiting.some((job) => job.deadline.expiresAtMs <= nowMs)) return;
    const late = this.#waiting.filter((job) => job.deadline.expiresAtMs <= nowMs);
    this.#waiting = this.#waiting.filter((job) => job.deadline.expiresAtMs > nowMs);
    for (const job of late) {
      job.reject(new Busy(`no turn to write within ${job.deadline.durationMs} ms`));
    }
  }

  async #group(): Promise<void> {
    const { connection, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const taken = this.#waiting.splice(0, this.#alone > 0 ? 1 : MAX_GROUP);
    this.#alone = Math.max(0, this.#alone - taken.length);
    const done: Outcome[] = [];
    while (done.length < taken.length && clock.monotonicMs() - startedMs < GROUP_BUDGET_MS) {
      const job = taken[done.length];
      if (job === undefined) break;
      const running = runJob(job, connection);
      const outcome = running instanceof Promise ? await running : running;
      done.push(outcome);
      if (connection.inTransaction) continue;
      // A full disk or an I/O failure made SQLite roll back the whole group; only this member is to blame.
      taken.splice(done.length - 1, 1);
      this.#makeRoom(outcome.error);
      job.reject(outcome.error);
      break;
    }
    if (connection.inTransaction) this.#commit(taken.splice(0, done.length), done);
    if (taken.length > 0) this.#waiting.unshift(...taken);
  }

  /** Commits, and only then answers: also failures, which may owe to what another member wrote. */
  #commit(jobs: readonly WriteJob[], outcomes: readonly Outcome[]): void {
    const { connection } = this.#options;
    this.#options.beforeCommit?.();
    try {
      connection.commit();
    } catch (error) {
      connection.rollback();
      this.#uncommitted(jobs, error);
      return;
    }
    this.#stats.commits += 1;
    this.#stats.writes += jobs.length;
    this.#stats.largestGroup = Math.max(this.#stats.largestGroup, jobs.length);
    for (const [index, job] of jobs.entries()) {
      const outcome = outcomes[index];
      if (outcome?.failed === false) job.fulfil(outcome.result);
      else job.reject(outcome?.error);
    }
    this.#checkpoint = this.#options.afterCommit?.();
  }

  /** On a full disk the log may be what fills it, while the pages it holds have their place in the database file. */
  #makeRoom(failure: unknown): void {
    if (!(failure instanceof StorageFull)) return;
    this.#options.beforeCommit?.();
    this.#options.connection.checkpoint();
  }

  /**
   * The commit failed and nothing was written. Which member is to blame (for a deferred constraint, for the page
   * that no longer fits) shows when each runs again alone. After an I/O failure nobody runs again.
   */
  #uncommitted(jobs: readonly WriteJob[], error: unknown): void {
    const failure = sqliteError(error);
    this.#makeRoom(failure);
    if (jobs.length > 1 && !(failure instanceof ConnectionLost)) {
      this.#waiting.unshift(...jobs);
      this.#alone = jobs.length;
      return;
    }
    for (const job of jobs) job.reject(failure);
  }
}

interface Outcome {
  readonly failed: boolean;
  readonly result: unknown;
  readonly error: unknown;
}

/** Runs one member. `await` only when it must: a turn of the microtask queue for each statement would add up. */
function runJob(job: WriteJob, connection: SqliteConnection): Outcome | Promise<Outcome> {
  try {
    const result = job.run(connection);
    return result instanceof Promise ? result.then(succeeded, failed) : succeeded(result);
  } catch (error) {
    return failed(error);
  }
}

function succeeded(result: unknown): Outcome {
  return { failed: false, result, error: undefined };
}

function failed(error: unknown): Outcome {
  return { failed: true, result: undefined, error: sqliteError(error) };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
