/** What one backend did in one interval. */
export interface Sample {
  /** Open connections at its end. */
  readonly active: number;
  readonly connectionsPerSecond: number;
  /** Both directions. */
  readonly bytesPerSecond: number;
  /** Response times; null without an answer. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

const FIELDS = ['active', 'connectionsPerSecond', 'bytesPerSecond', 'p50Ms', 'p99Ms'] as const;

/** The last samples, in memory of a fixed size. */
export class SampleRing {
  readonly #capacity: number;
  readonly #values: Float32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#values = new Float32Array(capacity * FIELDS.length);
  }

  push(sample: Sample): void {
    const start = (this.#count % this.#capacity) * FIELDS.length;
    for (const [index, field] of FIELDS.entries()) this.#values[start + index] = sample[field] ?? NaN;
    this.#count += 1;
  }

  /** The last `count`, oldest first; fewer where there are not so many. */
  last(count: number): Sample[] {
    const kept = Math.min(count, this.#count, this.#capacity);
    return Array.from({ length: kept }, (_, index) => this.#at(this.#count - kept + index));
  }

  #at(number: number): Sample {
    const start = (number % this.#capacity) * FIELDS.length;
    const value = (index: number) => Math.round((this.#values[start + index] ?? 0) * 1_000) / 1_000;
    const nullable = (index: number) => (Number.isNaN(this.#values[start + index]) ? null : value(index));
    return {
      active: value(0),
      connectionsPerSecond: value(1),
      bytesPerSecond: value(2),
      p50Ms: nullable(3),
      p99Ms: nullable(4),
    };
  }
}
