import type { Envelope, Persist, PersistAck } from '../raft-types.ts';
import type { Compaction, RaftStorage } from '../storage/raft-storage.ts';

interface Append {
  readonly kind: 'append';
  readonly persist: Persist | null;
  readonly envelopes: readonly Envelope[];
}

interface Compact {
  readonly kind: 'compact';
  readonly make: () => Compaction;
  readonly done: () => void;
}

export interface PersistQueueEvents {
  /** All up to here is durable, and these messages may go. */
  readonly onDurable: (ack: PersistAck | null, envelopes: readonly Envelope[]) => void;
  /** The disk failed; nothing more will be written. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Writes in order, one write at a time; whatever gathers meanwhile shares the next one, and with it the cost of
 * waiting for the disk.
 */
export class PersistQueue {
  readonly #storage: RaftStorage;
  readonly #events: PersistQueueEvents;
  #waiting: (Append | Compact)[] = [];
  #running: Promise<void> | null = null;
  #failed = false;

  constructor(storage: RaftStorage, events: PersistQueueEvents) {
    this.#storage = storage;
    this.#events = events;
  }

  /** Nothing is waiting or being written. */
  get idle(): boolean {
    return this.#running === null;
  }

  append(persist: Persist | null, envelopes: readonly Envelope[]): void {
    this.#push({ kind: 'append', persist, envelopes });
  }

  /** @param make called when its turn has come. */
  compact(make: () => Compaction, done: () => void): void {
    this.#push({ kind: 'compact', make, done });
  }

  /** Resolves when all that was given is written, or the disk has failed. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #push(job: Append | Compact): void {
    if (this.#failed) return;
    this.#waiting.push(job);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const [first] = this.#waiting;
        if (first?.kind === 'compact') {
          await this.#compact(first);
        } else {
          await this.#write(this.#takeAppends());
        }
      }
    } catch (error) {
      this.#failed = true;
      this.#waiting = [];
      this.#events.onFailure(error);
    } finally {
      this.#running = null;
    }
  }

  /** The compaction writes the log as it is now, and with it whatever was still waiting to be written. */
  async #compact(job: Compact): Promise<void> {
    const compaction = job.make();
    const covered = this.#waiting.flatMap((waiting) => (waiting.kind === 'append' ? [waiting] : []));
    this.#waiting = [];
    await this.#storage.compact(compaction);
    job.done();
    this.#tellDurable(covered);
  }

  #takeAppends(): Append[] {
    const appends: Append[] = [];
    for (const job of this.#waiting) {
      if (job.kind !== 'append') break;
      appends.push(job);
    }
    this.#waiting = this.#waiting.slice(appends.length);
    return appends;
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const batches = appends.flatMap(({ persist }) => (persist === null ? [] : [persist]));
    if (batches.length > 0) await this.#storage.append(batches);
    this.#tellDurable(appends);
  }

  #tellDurable(appends: readonly Append[]): void {
    const acks = appends.flatMap(({ persist }) => (persist === null ? [] : [persist.ack]));
    const envelopes = appends.flatMap((append) => append.envelopes);
    this.#events.onDurable(acks.at(-1) ?? null, envelopes);
  }
}
