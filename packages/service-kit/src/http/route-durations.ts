import { Histogram, type Registry } from 'prom-client';

/** Upper bounds in seconds: from a cached read on loopback to the slowest answer worth telling apart. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;
const MS_PER_SECOND = 1_000;
const NAME = 'http_request_duration_seconds';
const HELP = 'Time from the arrival of a request to the end of its answer';
const BOUNDS_MS = BOUNDS.map((bound) => bound * MS_PER_SECOND);

/** What tells one series from another. */
export interface SeriesLabels {
  readonly method: string;
  readonly route: string;
  /** Class of the status, such as `2xx`. */
  readonly status: string;
}

/** Counts the answers of one series. */
export interface DurationSeries {
  observe(elapsedMs: number): void;
}

class Series implements DurationSeries {
  readonly labels: SeriesLabels;
  /** Answers of each bucket alone; the last is for those slower than every bound. */
  readonly counts = Array.from({ length: BOUNDS_MS.length + 1 }, () => 0);
  sumMs = 0;

  constructor(labels: SeriesLabels) {
    this.labels = labels;
  }

  observe(elapsedMs: number): void {
    let bucket = 0;
    for (const boundMs of BOUNDS_MS) {
      if (elapsedMs <= boundMs) break;
      bucket += 1;
    }
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sumMs += elapsedMs;
  }
}

/**
 * `http_request_duration_seconds`, counted in plain arrays and turned into a Prometheus histogram when somebody asks:
 * prom-client makes and looks up a key of all labels for each value, even of a series that was bound before.
 */
export class RouteDurations extends Histogram {
  readonly #series: Series[] = [];

  constructor(registry: Registry) {
    super({ name: NAME, help: HELP, labelNames: ['method', 'route', 'status'], registers: [registry] });
  }

  /** A further series. Keep it: each call makes a new one. */
  add(labels: SeriesLabels): DurationSeries {
    const series = new Series(labels);
    this.#series.push(series);
    return series;
  }

  /** What the registry asks a histogram for. */
  getForPromString() {
    const values = this.#series.flatMap((series) => linesOf(series));
    return Promise.resolve({ name: NAME, help: HELP, type: 'histogram', aggregator: 'sum', values });
  }
}

/** Buckets hold everything up to their bound, as Prometheus wants them. */
function linesOf({ labels: sharedLabels, counts, sumMs }: Series) {
  let upTo = 0;
  const buckets = counts.map((count, index) => {
    upTo += count;
    const labels = { le: BOUNDS[index] ?? '+Inf' };
    return { metricName: `${NAME}_bucket`, labels, sharedLabels, value: upTo };
  });
  return [
    ...buckets,
    { metricName: `${NAME}_sum`, labels: {}, sharedLabels, value: sumMs / MS_PER_SECOND },
    { metricName: `${NAME}_count`, labels: {}, sharedLabels, value: upTo },
  ];
}
