import { BackendTable } from '@hanok/strategies';
import { LatencyHistograms } from './latency-histograms.ts';
import { ENDINGS, EVENTS, REFUSALS, type Ending, type ProxyEvent, type Refusal } from './outcomes.ts';

const HEADER_CELLS = 2;
const OPEN = 0;
const WAITING = 1;

/** Counters kept for each backend by each worker. */
const BACKEND_COUNTERS = ['total', 'failed', 'bytesToBackend', 'bytesToClient'] as const;
export type BackendCounter = (typeof BACKEND_COUNTERS)[number];

/** Size of the shared state; both sides must use the same. */
export interface SharedStateShape {
  readonly capacity: number;
  readonly workers: number;
}

/**
 * All that the main thread and the workers share, in one SharedArrayBuffer: the backend table, the number of
 * open and waiting connections, what each worker holds of them (so that a crashed worker's share can be given
 * back), and counters. A counter cell is written by one worker only and read by the main thread.
 */
export class SharedState {
  readonly shape: SharedStateShape;
  readonly buffer: SharedArrayBuffer;
  readonly table: BackendTable;
  /** Response times by backend. */
  readonly latencies: LatencyHistograms;
  readonly #header: Int32Array;
  /** By worker: connections it has open; and waiting; then by slot, its share of `table.active`. */
  readonly #held: Int32Array;
  readonly #outcomes: Float64Array;
  readonly #backends: Float64Array;

  constructor(shape: SharedStateShape, buffer?: SharedArrayBuffer) {
    const { capacity, workers } = shape;
    const tableBytes = alignTo8(BackendTable.bytesFor(capacity));
    const heldCells = workers * (HEADER_CELLS + capacity);
    const integerBytes = alignTo8((HEADER_CELLS + heldCells) * Int32Array.BYTES_PER_ELEMENT);
    const outcomeCells = workers * OUTCOMES.length;
    const backendCells = workers * capacity * BACKEND_COUNTERS.length;
    const latencyCells = LatencyHistograms.cellsFor(capacity, workers);
    const floatBytes = (outcomeCells + backendCells + latencyCells) * Float64Array.BYTES_PER_ELEMENT;
    this.shape = shape;
    this.buffer = buffer ?? new SharedArrayBuffer(tableBytes + integerBytes + floatBytes);
    this.table = new BackendTable(this.buffer, capacity);
    this.#header = new Int32Array(this.buffer, tableBytes, HEADER_CELLS);
    this.#held = new Int32Array(
      this.buffer,
      tableBytes + HEADER_CELLS * Int32Array.BYTES_PER_ELEMENT,
      heldCells,
    );
    this.#outcomes = new Float64Array(this.buffer, tableBytes + integerBytes, outcomeCells);
    this.#backends = new Float64Array(
      this.buffer,
      tableBytes + integerBytes + outcomeCells * Float64Array.BYTES_PER_ELEMENT,
      backendCells,
    );
    const latencyStart =
      tableBytes + integerBytes + (outcomeCells + backendCells) * Float64Array.BYTES_PER_ELEMENT;
    const latencies = new Float64Array(this.buffer, latencyStart, latencyCells);
    this.latencies = new LatencyHistograms(latencies, capacity, workers);
  }

  /** Client connections open now, waiting ones included. */
  get open(): number {
    return Atomics.load(this.#header, OPEN);
  }

  /** Client connections waiting for a backend now. */
  get waiting(): number {
    return Atomics.load(this.#header, WAITING);
  }

  /** Counts a client in unless `limit` are open already (0: no limit). Pair with `leave`. */
  enter(worker: number, limit: number): boolean {
    return this.#take(OPEN, worker, limit);
  }

  leave(worker: number): void {
    this.#give(OPEN, worker);
  }

  /** Counts a client as waiting unless `limit` wait already. Pair with `stopWaiting`. */
  startWaiting(worker: number, limit: number): boolean {
    return limit > 0 && this.#take(WAITING, worker, limit);
  }

  stopWaiting(worker: number): void {
    this.#give(WAITING, worker);
  }

  /** Places a connection on a backend if it has room; remembers that this worker did. */
  acquire(worker: number, slot: number, nowMs: number): boolean {
    if (!this.table.acquire(slot, nowMs)) return false;
    Atomics.add(this.#held, this.#heldCell(worker, HEADER_CELLS + slot), 1);
    return true;
  }

  /** Counts a connection on a backend whether it has room or not: it is there already. */
  adopt(worker: number, slot: number): void {
    Atomics.add(this.table.active, slot, 1);
    Atomics.add(this.#held, this.#heldCell(worker, HEADER_CELLS + slot), 1);
  }

  release(worker: number, slot: number): void {
    Atomics.sub(this.#held, this.#heldCell(worker, HEADER_CELLS + slot), 1);
    this.table.release(slot);
  }

  /** Gives back all that a worker held; only when the worker is gone. */
  reclaim(worker: number): void {
    for (const index of [OPEN, WAITING]) {
      Atomics.sub(this.#header, index, Atomics.exchange(this.#held, this.#heldCell(worker, index), 0));
    }
    for (let slot = 0; slot < this.shape.capacity; slot += 1) {
      const held = Atomics.exchange(this.#held, this.#heldCell(worker, HEADER_CELLS + slot), 0);
      Atomics.sub(this.table.active, slot, held);
    }
  }

  count(worker: number, outcome: Outcome): void {
    const cell = worker * OUTCOMES.length + outcomeIndex[outcome];
    this.#outcomes[cell] = (this.#outcomes[cell] ?? 0) + 1;
  }

  /** The sum of an outcome over all workers. */
  total(outcome: Outcome): number {
    let sum = 0;
    for (let worker = 0; worker < this.shape.workers; worker += 1) {
      sum += this.#outcomes[worker * OUTCOMES.length + outcomeIndex[outcome]] ?? 0;
    }
    return sum;
  }

  addForBackend(worker: number, slot: number, counter: BackendCounter, amount: number): void {
    const cell = this.#backendCell(worker, slot, counter);
    this.#backends[cell] = (this.#backends[cell] ?? 0) + amount;
  }

  /** The sum of a backend's counter over all workers. */
  backendTotal(slot: number, counter: BackendCounter): number {
    let sum = 0;
    for (let worker = 0; worker < this.shape.workers; worker += 1) {
      sum += this.#backends[this.#backendCell(worker, slot, counter)] ?? 0;
    }
    return sum;
  }

  /** Main thread, before a slot is given to another backend. */
  clearBackend(slot: number): void {
    this.latencies.clear(slot);
    for (let worker = 0; worker < this.shape.workers; worker += 1) {
      const start = this.#backendCell(worker, slot, BACKEND_COUNTERS[0]);
      this.#backends.fill(0, start, start + BACKEND_COUNTERS.length);
    }
  }

  #take(index: number, worker: number, limit: number): boolean {
    const before = Atomics.add(this.#header, index, 1);
    if (limit !== 0 && before >= limit) {
      Atomics.sub(this.#header, index, 1);
      return false;
    }
    Atomics.add(this.#held, this.#heldCell(worker, index), 1);
    return true;
  }

  #give(index: number, worker: number): void {
    Atomics.sub(this.#held, this.#heldCell(worker, index), 1);
    Atomics.sub(this.#header, index, 1);
  }

  #heldCell(worker: number, index: number): number {
    return worker * (HEADER_CELLS + this.shape.capacity) + index;
  }

  #backendCell(worker: number, slot: number, counter: BackendCounter): number {
    return (
      (worker * this.shape.capacity + slot) * BACKEND_COUNTERS.length + BACKEND_COUNTERS.indexOf(counter)
    );
  }
}

/** What a worker counts: a refusal, an ending or another event. */
export type Outcome = `refused:${Refusal}` | `ended:${Ending}` | ProxyEvent;

const OUTCOMES: readonly Outcome[] = [
  ...EVENTS,
  ...REFUSALS.map((reason) => `refused:${reason}` as const),
  ...ENDINGS.map((ending) => `ended:${ending}` as const),
];

const outcomeIndex = Object.fromEntries(OUTCOMES.map((outcome, index) => [outcome, index])) as Record<
  Outcome,
  number
>;

function alignTo8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
