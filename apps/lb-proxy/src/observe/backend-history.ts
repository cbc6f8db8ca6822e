import type { Clock, Timer } from '@hanok/service-kit';
import type { Balancer } from '../balancer.ts';
import { quantileOf } from '../data-plane/latency-histograms.ts';
import type { Backend } from '../pool/backend.ts';
import { SampleRing, type Sample } from './sample-ring.ts';

/** Pause between two samples, ms. */
export const SAMPLE_INTERVAL_MS = 5_000;

/** Samples kept: 15 minutes. */
export const KEPT_SAMPLES = 180;

/** What is sampled. */
type Source = Pick<Balancer, 'state'> & { readonly backends: Pick<Balancer['backends'], 'list'> };

interface Recorded {
  readonly version: number;
  readonly ring: SampleRing;
  total: number;
  bytes: number;
  counts: readonly number[];
}

/** What a backend did since the sample before. */
interface Interval {
  readonly sample: Sample;
  /** Answers by how long they took. */
  readonly counts: readonly number[];
}

/** What a backend did lately, oldest first; the last of all series is the same moment. */
export interface BackendSeries {
  readonly id: string;
  readonly samples: readonly Sample[];
}

/**
 * The last 15 minutes of every backend, one sample each 5 s, for plots. Memory is fixed: 4 KB a backend. Response
 * times are those of the interval alone, unlike the totals of the statistics.
 */
export class BackendHistory {
  readonly #balancer: Source;
  readonly #clock: Clock;
  readonly #recorded = new Map<string, Recorded>();
  readonly #total = new SampleRing(KEPT_SAMPLES);
  #lastSample = 0;
  #lastAtMs: number;
  #timer: Timer | undefined;

  constructor(balancer: Source, clock: Clock) {
    this.#balancer = balancer;
    this.#clock = clock;
    this.#lastAtMs = clock.monotonicMs();
  }

  /** Number of the last sample taken, from 1; 0 before the first. */
  get lastSample(): number {
    return this.#lastSample;
  }

  start(): void {
    this.#timer = this.#clock.setTimer(SAMPLE_INTERVAL_MS, () => {
      this.sample();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Takes a sample of every backend now. */
  sample(): void {
    const nowMs = this.#clock.monotonicMs();
    const seconds = Math.max(0.001, (nowMs - this.#lastAtMs) / 1_000);
    const backends = this.#balancer.backends.list();
    this.#total.push(totalOf(backends.map((backend) => this.#sampleOne(backend, seconds))));
    const present = new Set(backends.map(({ spec }) => spec.id));
    for (const id of this.#recorded.keys()) if (!present.has(id)) this.#recorded.delete(id);
    this.#lastAtMs = nowMs;
    this.#lastSample += 1;
  }

  /** The last `count` samples of the backends named, or of all. A backend that was just added has fewer. */
  series(count: number, ids?: ReadonlySet<string>): BackendSeries[] {
    return [...this.#recorded]
      .filter(([id]) => ids === undefined || ids.has(id))
      .map(([id, { ring }]) => ({ id, samples: ring.last(count) }));
  }

  /** The same for all backends together. */
  total(count: number): Sample[] {
    return this.#total.last(count);
  }

  #sampleOne(backend: Backend, seconds: number): Interval {
    const { state } = this.#balancer;
    const { slot } = backend;
    const total = state.backendTotal(slot, 'total');
    const bytes = state.backendTotal(slot, 'bytesToBackend') + state.backendTotal(slot, 'bytesToClient');
    const counts = state.latencies.counts(slot);
    const record = this.#recordOf(backend);
    const inInterval = counts.map((count, bucket) => count - (record.counts[bucket] ?? 0));
    const sample = {
      active: Atomics.load(state.table.active, slot),
      connectionsPerSecond: Math.max(0, total - record.total) / seconds,
      bytesPerSecond: Math.max(0, bytes - record.bytes) / seconds,
      p50Ms: quantileOf(inInterval, 0.5),
      p99Ms: quantileOf(inInterval, 0.99),
    };
    record.ring.push(sample);
    Object.assign(record, { total, bytes, counts });
    return { sample, counts: inInterval };
  }

  /** A backend that was taken out and added again is another one. */
  #recordOf({ spec, version }: Backend): Recorded {
    const known = this.#recorded.get(spec.id);
    if (known?.version === version) return known;
    const record = { version, ring: new SampleRing(KEPT_SAMPLES), total: 0, bytes: 0, counts: [] };
    this.#recorded.set(spec.id, record);
    return record;
  }
}

/** Sums, and the quantiles of all answers together. */
function totalOf(intervals: readonly Interval[]): Sample {
  const sum = (read: (sample: Sample) => number) =>
    intervals.reduce((total, { sample }) => total + read(sample), 0);
  const length = intervals[0]?.counts.length ?? 0;
  const counts = Array.from({ length }, (_, bucket) =>
    intervals.reduce((total, each) => total + (each.counts[bucket] ?? 0), 0),
  );
  return {
    active: sum(({ active }) => active),
    connectionsPerSecond: sum(({ connectionsPerSecond }) => connectionsPerSecond),
    bytesPerSecond: sum(({ bytesPerSecond }) => bytesPerSecond),
    p50Ms: quantileOf(counts, 0.5),
    p99Ms: quantileOf(counts, 0.99),
  };
}
