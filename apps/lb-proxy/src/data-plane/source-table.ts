import { hashText } from '@hanok/strategies';

const COLUMNS = 6;
const MIN_CELLS = 1_024;
const MAX_CELLS = 2 ** 20;
const MAX_PROBES = 64;
const WINDOW_MS = 1_000;

/** The cell of a connection that is not counted, because the table was full. */
export const UNCOUNTED = -1;
const NOT_FOUND = -2;

/** Limits for each source; 0: none. */
export interface SourceLimits {
  /** Connections open at once. */
  readonly maxConnections: number;
  /** Connections accepted in a second. */
  readonly maxPerSecond: number;
}

/** What `enter` decides: the cell to give to `leave`, or why not. */
export type SourceAdmission = number | 'source-connection-limit' | 'source-rate-limit';

/**
 * Counts connections by source over all workers, in shared memory: an open-addressing hash table for each
 * worker, which it alone writes and all read. A crashed worker's table is simply emptied.
 *
 * The count of a source is the sum over the workers. A worker first counts a connection and then looks at the
 * sum, so two workers that admit at once may both refuse the last place, but never exceed the limit. The rate
 * is a sliding estimate: this second's count plus the part of the last second's that the window still covers.
 *
 * Bounded: a worker whose table is full of live sources admits further ones uncounted.
 */
export class SourceTable {
  readonly buffer: SharedArrayBuffer;
  readonly #workers: number;
  readonly #cells: number;
  readonly #keyA: Int32Array;
  readonly #keyB: Int32Array;
  readonly #open: Int32Array;
  readonly #window: Int32Array;
  readonly #current: Int32Array;
  readonly #previous: Int32Array;

  /** @param connections most connections at once, which bounds the live sources of a worker */
  constructor(workers: number, connections: number, buffer?: SharedArrayBuffer) {
    this.#workers = workers;
    this.#cells = cellsFor(connections);
    const total = workers * this.#cells;
    this.buffer = buffer ?? new SharedArrayBuffer(total * COLUMNS * Int32Array.BYTES_PER_ELEMENT);
    let column = 0;
    const nextColumn = (): Int32Array =>
      new Int32Array(this.buffer, column++ * total * Int32Array.BYTES_PER_ELEMENT, total);
    this.#keyA = nextColumn();
    this.#keyB = nextColumn();
    this.#open = nextColumn();
    this.#window = nextColumn();
    this.#current = nextColumn();
    this.#previous = nextColumn();
  }

  /** Counts a connection of `network` (see `sourceNetwork`) in, if its limits allow it. */
  enter(worker: number, network: string, limits: SourceLimits, nowMs: number): SourceAdmission {
    const keyA = hashText(network) | 1;
    const keyB = hashText(`~${network}`) | 0;
    const window = Math.floor(nowMs / WINDOW_MS) | 0;
    const cell = this.#claim(worker, keyA, keyB, window);
    if (cell === UNCOUNTED) return UNCOUNTED;
    this.#turnTo(cell, window);
    Atomics.add(this.#open, cell, 1);
    Atomics.add(this.#current, cell, 1);
    const { maxConnections, maxPerSecond } = limits;
    const elapsed = nowMs / WINDOW_MS - Math.floor(nowMs / WINDOW_MS);
    let open = 0;
    let recent = 0;
    for (let each = 0; each < this.#workers; each += 1) {
      const found = each === worker ? cell : this.#find(each, keyA, keyB);
      if (found < 0) continue;
      open += Atomics.load(this.#open, found);
      recent += this.#recent(found, window, elapsed);
    }
    const refusal =
      maxConnections > 0 && open > maxConnections
        ? 'source-connection-limit'
        : maxPerSecond > 0 && recent > maxPerSecond
          ? 'source-rate-limit'
          : undefined;
    if (refusal === undefined) return cell;
    Atomics.sub(this.#open, cell, 1);
    Atomics.sub(this.#current, cell, 1);
    return refusal;
  }

  leave(cell: number): void {
    if (cell !== UNCOUNTED) Atomics.sub(this.#open, cell, 1);
  }

  /** Empties a worker's table; only when the worker is gone. */
  reclaim(worker: number): void {
    const [start, end] = [worker * this.#cells, (worker + 1) * this.#cells];
    for (const column of [this.#keyA, this.#keyB, this.#open, this.#window, this.#current, this.#previous]) {
      column.fill(0, start, end);
    }
  }

  /** Connections admitted within the last window, estimated from this one and the one before. */
  #recent(cell: number, window: number, elapsed: number): number {
    const age = (window - Atomics.load(this.#window, cell)) | 0;
    if (age === 0)
      return Atomics.load(this.#current, cell) + Atomics.load(this.#previous, cell) * (1 - elapsed);
    return age === 1 ? Atomics.load(this.#current, cell) * (1 - elapsed) : 0;
  }

  #turnTo(cell: number, window: number): void {
    const age = (window - Atomics.load(this.#window, cell)) | 0;
    if (age === 0) return;
    Atomics.store(this.#previous, cell, age === 1 ? Atomics.load(this.#current, cell) : 0);
    Atomics.store(this.#current, cell, 0);
    Atomics.store(this.#window, cell, window);
  }

  #find(worker: number, keyA: number, keyB: number): number {
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const cell = this.#cellAt(worker, keyA, probe);
      const found = Atomics.load(this.#keyA, cell);
      if (found === keyA && Atomics.load(this.#keyB, cell) === keyB) return cell;
      if (found === 0) break;
    }
    return NOT_FOUND;
  }

  /** The source's cell in the worker's own table, taken over from a source that is gone if need be. */
  #claim(worker: number, keyA: number, keyB: number, window: number): number {
    const known = this.#find(worker, keyA, keyB);
    if (known >= 0) return known;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const cell = this.#cellAt(worker, keyA, probe);
      if (Atomics.load(this.#keyA, cell) !== 0 && !this.#isGone(cell, window)) continue;
      Atomics.store(this.#current, cell, 0);
      Atomics.store(this.#previous, cell, 0);
      Atomics.store(this.#window, cell, window);
      Atomics.store(this.#keyB, cell, keyB);
      Atomics.store(this.#keyA, cell, keyA);
      return cell;
    }
    return UNCOUNTED;
  }

  #isGone(cell: number, window: number): boolean {
    return Atomics.load(this.#open, cell) === 0 && ((window - Atomics.load(this.#window, cell)) | 0) > 1;
  }

  #cellAt(worker: number, keyA: number, probe: number): number {
    return worker * this.#cells + (((keyA >>> 1) + probe) & (this.#cells - 1));
  }
}

/** A power of two of at least twice the connections, so that probes stay short. */
function cellsFor(connections: number): number {
  const wanted = connections === 0 ? MAX_CELLS : connections * 2;
  return Math.min(MAX_CELLS, Math.max(MIN_CELLS, 2 ** Math.ceil(Math.log2(wanted))));
}
