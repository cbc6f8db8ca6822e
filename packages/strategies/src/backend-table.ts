/**
 * The backends as columns of one block of memory, so that every thread that balances sees the same counts
 * without a lock and without a message for each connection.
 *
 * One thread (the owner) writes membership, eligibility, weights and limits and then calls `publish()`. Any
 * thread may `acquire`, `release` and `observe`; those use Atomics. Slots are stable: a backend keeps its slot
 * from `admit` to `evict`, so a slot number is a safe name for it while a connection is open.
 */
const HEADER_CELLS = 8;
const GENERATION = 0;
const TURN = 1;
const CURSOR = 2;
const TOTAL_WEIGHT = 3;

const COLUMNS = 14;
const MICROSECONDS_PER_MS = 1000;
const MAX_LATENCY_US = 2 ** 31 - 1;
const MAX_SWAP_ATTEMPTS = 8;

/** Share of a fresh sample in the moving average of the response time: the chapter's constant. */
export const LATENCY_ALPHA = 0.1;

/** What the owner says of a backend when it enters the table. */
export interface BackendEntry {
  /** Hash of the backend's stable id (`hashText`); Maglev derives its permutation from it. */
  readonly key: number;
  /** Configured share, 1 or more. */
  readonly weight: number;
  /** Most connections at once; 0 means no limit. */
  readonly maxActive: number;
}

export class BackendTable {
  readonly capacity: number;
  readonly buffer: ArrayBufferLike;
  readonly #header: Int32Array;
  /** 1 while the slot belongs to a backend. */
  readonly member: Int32Array;
  /** 1 while the backend may be given connections. */
  readonly eligible: Int32Array;
  readonly key: Int32Array;
  /** Share in force now (the configured one, or less during a slow start). */
  readonly weight: Int32Array;
  /** Configured share; Maglev uses it so that a slow start does not move sources. */
  readonly fullWeight: Int32Array;
  readonly maxActive: Int32Array;
  readonly active: Int32Array;
  /** Moving average of the response time; 0 until the first sample. */
  readonly latencyUs: Int32Array;
  /** Like `latencyUs`, but it jumps up to a worse sample at once (peak-EWMA). */
  readonly peakUs: Int32Array;
  /** Turn and time of the last pick. */
  readonly pickedTurn: Int32Array;
  readonly pickedAtMs: Int32Array;
  /** Turn of the last sample. */
  readonly sampledTurn: Int32Array;
  /** A code of the owner's for why the slot is not eligible; strategies do not read it. */
  readonly ineligibility: Int32Array;
  /** How often the slot was given to a backend: tells the backends of a reused slot apart. */
  readonly version: Int32Array;

  /**
   * @param buffer at least `BackendTable.bytesFor(capacity)` bytes, zeroed; a SharedArrayBuffer to share it
   * @param capacity number of slots
   * @throws RangeError when the buffer is too small
   */
  constructor(buffer: ArrayBufferLike, capacity: number) {
    if (buffer.byteLength < BackendTable.bytesFor(capacity)) {
      throw new RangeError(`a table of ${capacity} backends needs ${BackendTable.bytesFor(capacity)} bytes`);
    }
    this.buffer = buffer;
    this.capacity = capacity;
    let column = 0;
    const nextColumn = (): Int32Array =>
      new Int32Array(buffer, (HEADER_CELLS + column++ * capacity) * Int32Array.BYTES_PER_ELEMENT, capacity);
    this.#header = new Int32Array(buffer, 0, HEADER_CELLS);
    this.member = nextColumn();
    this.eligible = nextColumn();
    this.key = nextColumn();
    this.weight = nextColumn();
    this.fullWeight = nextColumn();
    this.maxActive = nextColumn();
    this.active = nextColumn();
    this.latencyUs = nextColumn();
    this.peakUs = nextColumn();
    this.pickedTurn = nextColumn();
    this.pickedAtMs = nextColumn();
    this.sampledTurn = nextColumn();
    this.ineligibility = nextColumn();
    this.version = nextColumn();
  }

  /** Bytes a table of `capacity` slots takes. */
  static bytesFor(capacity: number): number {
    return (HEADER_CELLS + COLUMNS * capacity) * Int32Array.BYTES_PER_ELEMENT;
  }

  /** A table in this thread's own memory, for tests and single-threaded use. */
  static local(capacity: number): BackendTable {
    return new BackendTable(new ArrayBuffer(BackendTable.bytesFor(capacity)), capacity);
  }

  /** Changes whenever the owner published something. */
  get generation(): number {
    return Atomics.load(this.#header, GENERATION);
  }

  /** How many connections have been placed, modulo 2^32. */
  get turn(): number {
    return Atomics.load(this.#header, TURN);
  }

  /** Sum of the weights of the eligible backends, at least 1. */
  get totalWeight(): number {
    return Math.max(1, Atomics.load(this.#header, TOTAL_WEIGHT));
  }

  /** One more than the slot round-robin picked last; 0 at first. */
  get cursor(): number {
    return Atomics.load(this.#header, CURSOR);
  }

  /** Moves the shared round-robin cursor if nobody else did so meanwhile; says whether it did. */
  moveCursor(from: number, to: number): boolean {
    return Atomics.compareExchange(this.#header, CURSOR, from, to) === from;
  }

  /** Owner: puts a backend into a free slot, not eligible yet. Its measurements start empty. */
  admit(slot: number, entry: BackendEntry): void {
    this.latencyUs[slot] = 0;
    this.peakUs[slot] = 0;
    this.eligible[slot] = 0;
    this.pickedTurn[slot] = this.turn;
    this.sampledTurn[slot] = this.turn;
    this.key[slot] = entry.key;
    this.weight[slot] = entry.weight;
    this.fullWeight[slot] = entry.weight;
    this.maxActive[slot] = entry.maxActive;
    Atomics.add(this.version, slot, 1);
    Atomics.store(this.member, slot, 1);
  }

  /** Owner: frees a slot. Reuse it only when `active` is back at 0. */
  evict(slot: number): void {
    Atomics.store(this.eligible, slot, 0);
    Atomics.store(this.member, slot, 0);
  }

  /** Owner: makes the changes since the last call visible to every strategy. */
  publish(): void {
    let total = 0;
    for (let slot = 0; slot < this.capacity; slot += 1) {
      if (Atomics.load(this.eligible, slot) === 1) total += Atomics.load(this.weight, slot);
    }
    Atomics.store(this.#header, TOTAL_WEIGHT, total);
    Atomics.add(this.#header, GENERATION, 1);
  }

  /** True while the backend is below its connection limit. */
  hasRoom(slot: number): boolean {
    const limit = Atomics.load(this.maxActive, slot);
    return limit === 0 || Atomics.load(this.active, slot) < limit;
  }

  /**
   * Counts a connection on a backend and says whether it still had room: two threads that picked the last
   * place of one backend cannot both have it. Pair with `release` when it returned true.
   */
  acquire(slot: number, nowMs: number): boolean {
    const limit = Atomics.load(this.maxActive, slot);
    const before = Atomics.add(this.active, slot, 1);
    if (limit !== 0 && before >= limit) {
      Atomics.sub(this.active, slot, 1);
      return false;
    }
    Atomics.store(this.pickedTurn, slot, Atomics.add(this.#header, TURN, 1) + 1);
    Atomics.store(this.pickedAtMs, slot, nowMs | 0);
    return true;
  }

  /** Ends a connection that `acquire` counted. */
  release(slot: number): void {
    Atomics.sub(this.active, slot, 1);
  }

  /**
   * Feeds one measured response time into the averages.
   * @param share weight of the sample, from `sampleShare` (LATENCY_ALPHA for a regularly used backend)
   */
  observe(slot: number, latencyMs: number, share: number = LATENCY_ALPHA): void {
    const sampleUs = Math.min(MAX_LATENCY_US, Math.max(1, Math.round(latencyMs * MICROSECONDS_PER_MS)));
    blend(this.latencyUs, slot, sampleUs, share);
    const jumpsUp = sampleUs >= Atomics.load(this.peakUs, slot);
    blend(this.peakUs, slot, sampleUs, jumpsUp ? 1 : share);
    Atomics.store(this.sampledTurn, slot, this.turn);
  }

  /** Average response time in ms; 0 until the first sample. */
  latencyMs(slot: number): number {
    return Atomics.load(this.latencyUs, slot) / MICROSECONDS_PER_MS;
  }

  /** Peak-sensitive response time in ms; 0 until the first sample. */
  peakMs(slot: number): number {
    return Atomics.load(this.peakUs, slot) / MICROSECONDS_PER_MS;
  }
}

/** Moves a cell towards the sample by `share`; the first sample is taken whole. */
function blend(column: Int32Array, slot: number, sampleUs: number, share: number): void {
  for (let attempt = 0; attempt < MAX_SWAP_ATTEMPTS; attempt += 1) {
    const before = Atomics.load(column, slot);
    const after = before === 0 ? sampleUs : Math.max(1, Math.round(before + share * (sampleUs - before)));
    if (Atomics.compareExchange(column, slot, before, after) === before) return;
  }
}
