import { decodeConfiguration } from '../src/raft/configuration.ts';
import type {
  Configuration,
  Entry,
  Envelope,
  HardState,
  Persist,
  PersistAck,
  RecoveredState,
  Snapshot,
} from '../src/raft/raft-types.ts';
import type { Chance } from './chance.ts';
import type { VirtualTime } from './virtual-time.ts';

interface Write {
  readonly persist: Persist | null;
  readonly envelopes: readonly Envelope[];
}

/** What survives a crash, and how long it takes to get there. Writes in order; those that wait share the next one. */
export class SimulatedDisk {
  minWriteMs = 0.2;
  maxWriteMs = 1;
  storageId: string;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  #hardState: HardState = { term: 0, vote: null, commit: 0 };
  #snapshot: Snapshot | null = null;
  #entries: Entry[] = [];
  #waiting: Write[] = [];
  #writing: Write[] = [];
  /** Crashes so far: what was started before a crash does not end after it. */
  #age = 0;

  constructor(time: VirtualTime, chance: Chance, storageId: string) {
    this.#time = time;
    this.#chance = chance;
    this.storageId = storageId;
  }

  get idle(): boolean {
    return this.#writing.length === 0;
  }

  write(write: Write, onDurable: (ack: PersistAck | null, envelopes: readonly Envelope[]) => void): void {
    this.#waiting.push(write);
    if (this.idle) this.#writeWaiting(onDurable);
  }

  /** Saves a snapshot of the own state machine and what remains of the log. Only while idle. */
  compact(snapshot: Snapshot, entries: readonly Entry[]): void {
    this.#snapshot = snapshot;
    this.#entries = [...entries];
  }

  /** Loses what waits; of the write under way, some beginning may have come through. */
  crash(): void {
    this.#age += 1;
    const survived = this.#chance.integer(this.#writing.length + 1);
    for (const write of this.#writing.slice(0, survived)) this.#apply(write);
    this.#waiting = [];
    this.#writing = [];
  }

  /** Replaced by an empty one. */
  lose(storageId: string): void {
    this.crash();
    this.storageId = storageId;
    this.forgetHardState();
    this.#snapshot = null;
    this.#entries = [];
  }

  forgetHardState(): void {
    this.#hardState = { term: 0, vote: null, commit: 0 };
  }

  read(): RecoveredState {
    return { hardState: this.#hardState, snapshot: this.#snapshot, entries: this.#afterSnapshot() };
  }

  /** The configuration that is committed as far as this disk knows, and all behind it; empty before the first. */
  configurations(): Configuration[] {
    let known: Configuration[] = this.#snapshot === null ? [] : [this.#snapshot.configuration];
    for (const { kind, index, data } of this.#afterSnapshot()) {
      if (kind !== 'config') continue;
      if (index <= this.#hardState.commit) known = [];
      known.push(decodeConfiguration(data));
    }
    return known;
  }

  #afterSnapshot(): Entry[] {
    const start = this.#snapshot?.index ?? 0;
    return this.#entries.filter(({ index }) => index > start);
  }

  #writeWaiting(onDurable: (ack: PersistAck | null, envelopes: readonly Envelope[]) => void): void {
    this.#writing = this.#waiting;
    this.#waiting = [];
    const age = this.#age;
    this.#time.after(this.#chance.between(this.minWriteMs, this.maxWriteMs), () => {
      if (age !== this.#age) return;
      const written = this.#writing;
      this.#writing = [];
      for (const write of written) this.#apply(write);
      const acks = written.flatMap(({ persist }) => (persist === null ? [] : [persist.ack]));
      if (this.#waiting.length > 0) this.#writeWaiting(onDurable);
      onDurable(
        acks.at(-1) ?? null,
        written.flatMap(({ envelopes }) => envelopes),
      );
    });
  }

  #apply({ persist }: Write): void {
    if (persist === null) return;
    this.#hardState = persist.hardState;
    if (persist.snapshot !== null) {
      this.#snapshot = persist.snapshot;
      this.#entries = [];
    }
    const [first] = persist.entries;
    if (first === undefined) return;
    const start = this.#entries[0]?.index ?? first.index;
    // What recovery gave out is a copy, so this one may change.
    this.#entries.length = Math.min(this.#entries.length, Math.max(0, first.index - start));
    this.#entries.push(...persist.entries);
  }
}
