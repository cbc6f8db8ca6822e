/** Upper bound of the first bucket, ms. */
const FIRST_BOUND_MS = 0.125;
const BUCKETS_PER_DOUBLING = 4;
const DOUBLINGS = 20;
const BOUNDED_BUCKETS = BUCKETS_PER_DOUBLING * DOUBLINGS + 1;
/** The bounded ones, and one for what is slower than 131 s. */
const BUCKETS = BOUNDED_BUCKETS + 1;
const SUM = BUCKETS;
const CELLS = BUCKETS + 1;

/** How often answers took at most so long. */
export interface CumulativeBucket {
  readonly upToMs: number;
  readonly count: number;
}

/** The answers of one backend by how long they took. */
export interface LatencySummary {
  /** Every doubling from 0.125 ms to 131 s, rising. */
  readonly buckets: readonly CumulativeBucket[];
  readonly count: number;
  readonly sumMs: number;
}

/**
 * Response times of every backend in buckets whose bounds grow by a fourth root of 2, so that any quantile is known
 * to within a fifth. Memory is fixed: a cell is written by one worker only and read by the main thread, and to
 * record a time allocates nothing.
 */
export class LatencyHistograms {
  readonly #capacity: number;
  readonly #workers: number;
  readonly #cells: Float64Array;

  /** @param cells zeroed, `LatencyHistograms.cellsFor` of the same numbers; shared with the other threads */
  constructor(cells: Float64Array, capacity: number, workers: number) {
    this.#cells = cells;
    this.#capacity = capacity;
    this.#workers = workers;
  }

  static cellsFor(capacity: number, workers: number): number {
    return workers * capacity * CELLS;
  }

  record(worker: number, slot: number, elapsedMs: number): void {
    const start = this.#start(worker, slot);
    this.#add(start + bucketOf(elapsedMs), 1);
    this.#add(start + SUM, elapsedMs);
  }

  /**
   * The time that a share of the answers did not exceed, by geometric interpolation within its bucket.
   * @param share in (0, 1], 0.99 for the 99th percentile
   * @returns ms; null without an answer
   */
  quantileMs(slot: number, share: number): number | null {
    return quantileOf(this.counts(slot), share);
  }

  /** How many answers fell into each bucket so far. */
  counts(slot: number): number[] {
    return Array.from({ length: BUCKETS }, (_, bucket) => this.#total(slot, bucket));
  }

  summary(slot: number): LatencySummary {
    const counts = this.counts(slot);
    const buckets: CumulativeBucket[] = [];
    let count = 0;
    for (let bucket = 0; bucket < BOUNDED_BUCKETS; bucket += 1) {
      count += counts[bucket] ?? 0;
      if (bucket % BUCKETS_PER_DOUBLING === 0) buckets.push({ upToMs: boundMs(bucket), count });
    }
    return { buckets, count: count + (counts[BOUNDED_BUCKETS] ?? 0), sumMs: this.#total(slot, SUM) };
  }

  /** Main thread, before a slot is given to another backend. */
  clear(slot: number): void {
    for (let worker = 0; worker < this.#workers; worker += 1) {
      const start = this.#start(worker, slot);
      this.#cells.fill(0, start, start + CELLS);
    }
  }

  #total(slot: number, cell: number): number {
    let sum = 0;
    for (let worker = 0; worker < this.#workers; worker += 1) {
      sum += this.#cells[this.#start(worker, slot) + cell] ?? 0;
    }
    return sum;
  }

  #add(cell: number, amount: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + amount;
  }

  #start(worker: number, slot: number): number {
    return (worker * this.#capacity + slot) * CELLS;
  }
}

/**
 * The time that a share of the answers did not exceed, by geometric interpolation within its bucket.
 * @param counts by bucket, as `LatencyHistograms.counts` gives them, or the difference of two such
 * @returns ms; null without an answer
 */
export function quantileOf(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = share * total;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      // Without an upper bound there is nothing to interpolate to.
      if (bucket === BOUNDED_BUCKETS) return boundMs(bucket - 1);
      return boundMs(bucket - 1 + (rank - below) / count);
    }
    below += count;
  }
  return boundMs(BOUNDED_BUCKETS - 1);
}

function bucketOf(elapsedMs: number): number {
  if (elapsedMs <= FIRST_BOUND_MS) return 0;
  return Math.min(BOUNDED_BUCKETS, Math.ceil(Math.log2(elapsedMs / FIRST_BOUND_MS) * BUCKETS_PER_DOUBLING));
}

/** Upper bound of a bucket; between two whole numbers, a time within the upper bucket. */
function boundMs(bucket: number): number {
  return FIRST_BOUND_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING);
}
