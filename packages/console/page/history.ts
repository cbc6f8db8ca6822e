import { read } from './api.ts';
import type { Series } from './parts/spark.ts';

/** What a backend did over the last 15 minutes, oldest first. */
export interface BackendSeries {
  readonly active: Series;
  readonly rate: Series;
  readonly bytes: Series;
  readonly p50: Series;
  readonly p99: Series;
}

interface HistoryItem {
  readonly active: Series;
  readonly connectionsPerSecond: Series;
  readonly bytesPerSecond: Series;
  readonly p50Ms: Series;
  readonly p99Ms: Series;
}

interface HistoryAnswer {
  readonly intervalMs: number;
  readonly lastSample: number;
  readonly total: HistoryItem;
  readonly items: readonly (HistoryItem & { readonly id: string })[];
}

/** Samples of 15 minutes. */
export const historyLength = 180;
/** Length of it, ms. */
export const historySpanMs = 900_000;

/** More ids than this do not fit into one address. */
const maxIds = 60;

export interface Histories {
  readonly total: BackendSeries;
  readonly backends: ReadonlyMap<string, BackendSeries>;
}

/** Reads the last 15 minutes of a listener and of some of its backends. */
export async function readHistories(
  balancer: string,
  listener: string,
  ids: readonly string[],
): Promise<Histories> {
  const query = new URLSearchParams({ listener, backends: ids.slice(0, maxIds).join(',') });
  const { total, items } = await read<HistoryAnswer>('lb-proxy', balancer, `v1/history?${query}`);
  return {
    total: seriesOf(total),
    backends: new Map(items.map((item) => [item.id, seriesOf(item)])),
  };
}

function seriesOf(item: HistoryItem): BackendSeries {
  const { active, connectionsPerSecond: rate, bytesPerSecond: bytes, p50Ms: p50, p99Ms: p99 } = item;
  return { active, rate, bytes, p50, p99 };
}

/** Series one after the other place by place, summed; used for several balancers together. */
export function sumSeries(all: readonly Series[]): Series {
  const length = Math.max(0, ...all.map((each) => each.length));
  return Array.from({ length }, (_, index) => {
    let sum = 0;
    for (const each of all) sum += each[each.length - length + index] ?? 0;
    return sum;
  });
}

/** The worst of several at each place. */
export function worstSeries(all: readonly Series[]): Series {
  const length = Math.max(0, ...all.map((each) => each.length));
  return Array.from({ length }, (_, index) => {
    let worst: number | null = null;
    for (const each of all) {
      const value = each[each.length - length + index] ?? null;
      if (value !== null && (worst === null || value > worst)) worst = value;
    }
    return worst;
  });
}
