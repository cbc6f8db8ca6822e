import type { Clock, Timer } from '@hanok/service-kit';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CacheError } from '../errors.ts';
import type { Keyspace } from '../memory/keyspace.ts';
import type { ChangeLog } from '../memory/memory-store.ts';
import type { ShiftingClock } from '../memory/shifting-clock.ts';
import type { AnyOperation } from '../store/operation.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { JournalFile, readJournal } from './journal-file.ts';
import { deleteKey } from '../strings/string-operations.ts';
import { replay, type JournalRecord } from './records.ts';

export interface JournalOptions {
  readonly folder: string;
  readonly space: Keyspace;
  /** The clock of `space`. */
  readonly clock: ShiftingClock;
  /** Keys that are not worth keeping, or must not be: copies may be out of date by the time they are read again. */
  readonly skips: (key: string) => boolean;
  /** A file is not rewritten before it is this large. Default 16 MiB. */
  readonly minRewriteBytes?: number;
}

const fileName = /^cache-(\d{8})\.journal$/;
const syncEveryMs = 1_000;
const keysPerTurn = 200;

/**
 * Keeps the changes of a memory engine on disk: an acknowledged change survives the end of the process (kill -9
 * too), and a power failure but for the last second.
 *
 * A file holds operations in the order they were carried out. When it has doubled, the next file begins: new
 * operations go there at once, and between them the state of one key after the other as it is at that moment.
 * Reading it back, a state replaces whatever the key was. When all states are there the old file goes; until
 * then both are read, so that no moment of a rewrite loses anything and none needs the engine to stand still.
 */
export class Journal implements ChangeLog {
  readonly #options: JournalOptions;
  readonly #lock: FolderLock;
  #file: JournalFile;
  #number: number;
  #rewriteAtBytes: number;
  #rewriting: Promise<void> | undefined;
  #sync: Timer | undefined;
  #failure: CacheError | undefined;
  #closed = false;

  private constructor(options: JournalOptions, lock: FolderLock, number: number, file: JournalFile) {
    this.#options = options;
    this.#lock = lock;
    this.#number = number;
    this.#file = file;
    this.#rewriteAtBytes = options.minRewriteBytes ?? 16_777_216;
  }

  /**
   * Fills `space` with what the folder holds and keeps its changes from then on.
   *
   * @throws Error when the folder cannot be used or another process uses it, or a file is damaged.
   */
  static async open(options: JournalOptions): Promise<Journal> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const lock = await lockFolder(options.folder);
    try {
      const numbers = await numbersIn(options.folder);
      for (const number of numbers) {
        for await (const record of readJournal(pathOf(options.folder, number))) {
          replay(options.space, options.clock, record);
        }
      }
      const next = (numbers.at(-1) ?? 0) + 1;
      const journal = new Journal(
        options,
        lock,
        next,
        await JournalFile.create(pathOf(options.folder, next)),
      );
      // A file is never appended to by another process: its last line may have been cut off.
      await journal.#writeStates();
      return journal;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  carryOut<T>(change: () => T): { at: number; reply: T } {
    const { clock } = this.#options;
    const at = clock.now();
    return { at, reply: clock.standAt(at, change) };
  }

  async append(
    at: number,
    operation: AnyOperation,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<void> {
    if (keys.some(this.#options.skips)) return;
    if (this.#failure !== undefined) throw this.#failure;
    this.#syncSoon(this.#options.clock);
    try {
      // What is moved from one key to another could be lost: of the states in this file one may be from
      // before it and the other from after. So a move is written as what it made of its keys.
      if (this.#rewriting !== undefined && operation.isMove === true) {
        await Promise.all(this.#statesOf(keys, at).map((record) => this.#file.append(record)));
      } else {
        await this.#file.append({ at, op: operation.name, keys, args });
      }
    } catch (error) {
      throw this.#fail(error);
    }
    if (this.#file.sizeBytes > this.#rewriteAtBytes) this.#rewrite();
  }

  /** Each key as it is; one that is not there is deleted. */
  #statesOf(keys: readonly string[], at: number): JournalRecord[] {
    const { space, clock } = this.#options;
    return keys.map((key) => {
      const state = clock.standAt(at, () => space.freeze(key));
      return state === undefined ? { at, op: deleteKey.name, keys: [key], args: [] } : { at, state };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sync?.cancel();
    await this.#rewriting;
    await this.#file.close();
    await this.#lock.release();
  }

  /** Begins the next file, unless that is under way. */
  #rewrite(): void {
    if (this.#closed) return;
    this.#rewriting ??= this.#beginNextFile()
      .catch((error: unknown) => void this.#fail(error))
      .finally(() => {
        this.#rewriting = undefined;
      });
  }

  async #beginNextFile(): Promise<void> {
    const next = await JournalFile.create(pathOf(this.#options.folder, this.#number + 1));
    const before = this.#file;
    this.#file = next;
    this.#number += 1;
    await before.close();
    await this.#writeStates();
    this.#failure = undefined;
  }

  /** Writes every key's state, a few at a turn of the event loop, then takes the files before away. */
  async #writeStates(): Promise<void> {
    const { space, clock, skips, folder } = this.#options;
    let count = 0;
    const keys = Array.from(space.keys());
    for (const key of keys) {
      if (this.#closed) return;
      const at = clock.now();
      const state = skips(key) ? undefined : clock.standAt(at, () => space.freeze(key));
      if (state === undefined) continue;
      const written = this.#file.append({ at, state });
      count += 1;
      if (count % keysPerTurn === 0) {
        await written;
        await nextTurn();
      }
    }
    await this.#file.append({ at: clock.now(), complete: true });
    await this.#file.sync();
    this.#rewriteAtBytes = Math.max(this.#options.minRewriteBytes ?? 16_777_216, 2 * this.#file.sizeBytes);
    for (const number of await numbersIn(folder)) {
      if (number < this.#number) await rm(pathOf(folder, number), { force: true });
    }
  }

  /** After a failed write (a full disk) the file may end in half a line: the next one begins as soon as it can. */
  #fail(error: unknown): CacheError {
    this.#failure ??= new CacheError('unavailable', 'the journal of the memory engine cannot be written', {
      cause: error,
    });
    return this.#failure;
  }

  #syncSoon(clock: Clock): void {
    if (this.#closed) return;
    this.#sync ??= clock.setTimer(syncEveryMs, () => {
      this.#sync = undefined;
      if (this.#failure !== undefined) this.#rewrite();
      else this.#file.sync().catch((error: unknown) => void this.#fail(error));
      if (this.#failure !== undefined) this.#syncSoon(clock);
    });
  }
}

function pathOf(folder: string, number: number): string {
  return join(folder, `cache-${String(number).padStart(8, '0')}.journal`);
}

async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => fileName.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}
