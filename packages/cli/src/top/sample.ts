import type { ClusterStatus, ProxyStatistics } from '../connection/answers.ts';
import { parseMetrics, sumOf, type Metrics } from '../connection/metrics-text.ts';
import type { ServiceApi } from '../connection/service-api.ts';
import type { Stack } from '../connection/stack.ts';
import { CliError } from '../errors.ts';

/** Counters and gauges of one process, from its `/metrics`. */
export interface ProcessFigures {
  readonly id: string;
  readonly requests: number;
  readonly serverErrors: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** How late the event loop was at its last look. */
  readonly loopDelayMs: number;
}

/** All that a frame shows, as of one moment. What did not answer is null or missing. */
export interface StackSample {
  /** Monotonic. */
  readonly atMs: number;
  readonly status: ClusterStatus | null;
  readonly proxies: readonly { readonly id: string; readonly statistics: ProxyStatistics | null }[];
  readonly processes: readonly ProcessFigures[];
  /** The first thing that failed. */
  readonly failure: string | null;
}

/** Asks everybody at once. Never rejects but when the signal aborts: what fails is part of the picture. */
export async function takeSample(stack: Stack, atMs: number, signal: AbortSignal): Promise<StackSample> {
  let failure: string | null = null;
  const orNull = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      // Not every stack has every service: player-services may use Redis by themselves.
      if (!(error instanceof CliError && error.code === 'no_service')) failure ??= (error as Error).message;
      return null;
    }
  };
  const [status, proxyApis, playerApis, cacheApis] = await Promise.all([
    orNull(() => stack.coordinator.get<ClusterStatus>('/v1/status')),
    orNull(() => stack.proxies()),
    orNull(() => stack.playerServices()),
    orNull(() => stack.caches()),
  ]);
  const [proxies, processes] = await Promise.all([
    Promise.all(
      (proxyApis ?? []).map(async (api) => ({
        id: api.id,
        statistics: await orNull(() => api.get<ProxyStatistics>('/v1/stats')),
      })),
    ),
    Promise.all(
      [...(proxyApis ?? []), ...(playerApis ?? []), ...(cacheApis ?? [])].map((api) =>
        orNull(() => readProcess(api)),
      ),
    ),
  ]);
  return { atMs, status, proxies, processes: processes.filter((each) => each !== null), failure };
}

async function readProcess(api: ServiceApi): Promise<ProcessFigures> {
  return processFigures(api.id, parseMetrics(await api.text('/metrics')));
}

/** Exported for tests. */
export function processFigures(id: string, metrics: Metrics): ProcessFigures {
  const requests = 'http_request_duration_seconds_count';
  return {
    id,
    requests: sumOf(metrics, requests) ?? 0,
    serverErrors: sumOf(metrics, requests, ({ labels }) => labels['status'] === '5xx') ?? 0,
    cpuSeconds: sumOf(metrics, 'process_cpu_seconds_total') ?? 0,
    residentBytes: sumOf(metrics, 'process_resident_memory_bytes') ?? 0,
    loopDelayMs: (sumOf(metrics, 'hanok_event_loop_delay_seconds') ?? 0) * 1_000,
  };
}
