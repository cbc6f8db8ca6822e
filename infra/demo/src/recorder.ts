import { LatencyRecord } from './latency-record.ts';
import { renderTable } from './table.ts';

/** Measures every call by the name of its operation, for the table at the end. */
export class Recorder {
  readonly #monotonicMs: () => number;
  readonly #records = new Map<string, LatencyRecord>();
  readonly #spans = new Map<string, { firstMs: number; lastMs: number }>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** Does `call` and takes its time; an error is counted and passed on. */
  async measure<T>(operation: string, call: () => Promise<T>): Promise<T> {
    const record = this.#recordOf(operation);
    const startedAtMs = this.#monotonicMs();
    try {
      const result = await call();
      record.succeeded(this.#monotonicMs() - startedAtMs);
      return result;
    } catch (error) {
      record.failed();
      throw error;
    } finally {
      this.#extendSpan(operation, startedAtMs, this.#monotonicMs());
    }
  }

  get errors(): number {
    return [...this.#records.values()].reduce((sum, record) => sum + record.errors, 0);
  }

  get calls(): number {
    return [...this.#records.values()].reduce((sum, record) => sum + record.count, 0);
  }

  /** Operation, count, rate while it ran, p50 and p99 latency, errors. */
  table(): string {
    const columns = [
      { heading: 'operation' },
      ...['count', 'per second', 'p50 ms', 'p99 ms', 'errors'].map((heading) => ({ heading, numeric: true })),
    ];
    const rows = [...this.#records].map(([operation, record]) => [
      operation,
      String(record.count),
      this.#rate(operation, record.count),
      record.percentileMs(0.5).toFixed(1),
      record.percentileMs(0.99).toFixed(1),
      String(record.errors),
    ]);
    return renderTable(columns, rows);
  }

  #recordOf(operation: string): LatencyRecord {
    const known = this.#records.get(operation);
    if (known !== undefined) return known;
    const record = new LatencyRecord();
    this.#records.set(operation, record);
    return record;
  }

  #extendSpan(operation: string, startedAtMs: number, endedAtMs: number): void {
    const span = this.#spans.get(operation);
    if (span === undefined) this.#spans.set(operation, { firstMs: startedAtMs, lastMs: endedAtMs });
    else span.lastMs = Math.max(span.lastMs, endedAtMs);
  }

  #rate(operation: string, count: number): string {
    const span = this.#spans.get(operation);
    const seconds = span === undefined ? 0 : (span.lastMs - span.firstMs) / 1_000;
    return seconds === 0 ? '-' : (count / seconds).toFixed(0);
  }
}
