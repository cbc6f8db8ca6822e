import type { Clock, HttpClient } from '@hanok/service-kit';
import type { TimelineEvent } from '../timeline-event.ts';
import { balancerKind } from './balancer-events.ts';
import { Rates } from './rate.ts';
import type { Row } from './tables.ts';
import type {
  BackendHistories,
  BackendReport,
  BalancerEvents,
  BalancerStatistics,
  ListenerList,
} from './upstream.ts';

/** Response times change with each sample of the balancer's history, not oftener. */
const latencyEveryMs = 5_000;
const waitForEventMs = 15_000;
const keptEvents = 200;

interface Latency {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** What one lb-proxy says of itself, as rows. */
export class BalancerPoller {
  readonly id: string;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #rates = new Rates(['total', 'refused', 'failed', 'in', 'out']);
  readonly #latencies = new Map<string, ReadonlyMap<string, Latency>>();
  #latencyAtMs = -Infinity;
  #lastEvent = 0;
  balancers = new Map<string, Row>();
  backends = new Map<string, Row>();
  events: TimelineEvent[] = [];

  constructor(id: string, client: HttpClient, clock: Clock) {
    this.id = id;
    this.#client = client;
    this.#clock = clock;
  }

  /** Asks for everything once. A balancer that does not answer keeps its rows, marked as out of reach. */
  async poll(): Promise<void> {
    try {
      const { items } = await this.#get<ListenerList>('/v1/listeners');
      const nowMs = this.#clock.monotonicMs();
      const isLatencyDue = nowMs - this.#latencyAtMs >= latencyEveryMs;
      if (isLatencyDue) this.#latencyAtMs = nowMs;
      const rows = await Promise.all(items.map((listener) => this.#readListener(listener, isLatencyDue)));
      this.balancers = new Map(rows.map(({ key, row }) => [key, row]));
      this.backends = new Map(rows.flatMap(({ backends }) => backends));
      this.#rates.endRound();
    } catch {
      this.balancers = new Map(
        [...this.balancers].map(([key, row]) => [key, { ...row, isReachable: false }] as const),
      );
    }
  }

  /** Waits for the next event, and takes it in. @throws Error when the balancer cannot be reached */
  async awaitEvents(signal: AbortSignal): Promise<boolean> {
    const path = `/v1/events?since=${this.#lastEvent}&waitMs=${waitForEventMs}`;
    const { body } = await this.#client.call<BalancerEvents>({
      method: 'GET',
      path,
      signal,
      timeoutMs: waitForEventMs + 5_000,
    });
    this.#lastEvent = body.last;
    const found = body.items.flatMap(({ number, at, kind, subject, detail }): TimelineEvent[] => {
      const known = balancerKind(kind);
      if (known === null) return [];
      const scope = kind === 'strategy' ? 'balancer' : 'backend';
      const name = kind === 'strategy' ? this.id : subject;
      const what = [kind === 'added' || kind === 'removed' ? kind : '', detail].filter(Boolean).join(' ');
      return [{ id: `${this.id}/${number}/${at}`, at, kind: known, subject: name, scope, detail: what }];
    });
    this.events = [...this.events, ...found].slice(-keptEvents);
    return found.length > 0;
  }

  async #readListener(listener: ListenerList['items'][number], isLatencyDue: boolean) {
    const query = `listener=${encodeURIComponent(listener.name)}`;
    const [statistics, histories] = await Promise.all([
      this.#get<BalancerStatistics>(`/v1/stats?${query}`),
      isLatencyDue ? this.#get<BackendHistories>(`/v1/history?${query}&samples=1`) : null,
    ]);
    if (histories !== null) this.#latencies.set(listener.name, latenciesOf(histories));
    const nowMs = this.#clock.monotonicMs();
    const key = `${this.id}/${listener.name}`;
    const latencies = this.#latencies.get(listener.name);
    const backends = statistics.backends.map((backend) => {
      const id = `${key}/${backend.id}`;
      return [id, this.#backendRow(id, listener.name, backend, latencies?.get(backend.id), nowMs)] as const;
    });
    return { key, row: this.#balancerRow(key, listener, statistics, nowMs), backends };
  }

  #balancerRow(
    key: string,
    listener: ListenerList['items'][number],
    { connections, refused, panic, discovery, backends }: BalancerStatistics,
    nowMs: number,
  ): Row {
    const sum = (pick: (backend: BackendReport) => number) =>
      backends.reduce((total, backend) => total + pick(backend), 0);
    const rates = this.#rates.of(key);
    return {
      balancer: this.id,
      listener: listener.name,
      listen: listener.listen,
      port: listener.port,
      strategy: listener.strategy,
      pools: listener.pools.map(({ name, strategy }) => `${name}=${strategy}`),
      isReachable: true,
      isDiscovering: discovery.connected,
      panic,
      active: connections.active,
      waiting: connections.waiting,
      rate: rates.total.next(connections.total, nowMs),
      refusedRate: rates.refused.next(
        Object.values(refused).reduce((total, count) => total + count, 0),
        nowMs,
      ),
      inRate: Math.round(
        rates.in.next(
          sum((backend) => backend.bytesToBackend),
          nowMs,
        ),
      ),
      outRate: Math.round(
        rates.out.next(
          sum((backend) => backend.bytesToClient),
          nowMs,
        ),
      ),
      backends: backends.length,
      usable: backends.filter(({ eligible }) => eligible).length,
    };
  }

  #backendRow(
    key: string,
    listener: string,
    backend: BackendReport,
    latency: Latency | undefined,
    nowMs: number,
  ): Row {
    const rates = this.#rates.of(key);
    return {
      balancer: this.id,
      listener,
      id: backend.id,
      pool: backend.pool,
      address: `${backend.host}:${backend.port}`,
      state: backend.state,
      health: backend.health,
      eligible: backend.eligible,
      source: backend.source,
      weight: backend.weight,
      maxConnections: backend.maxConnections,
      active: backend.activeConnections,
      rate: rates.total.next(backend.totalConnections, nowMs),
      failedRate: rates.failed.next(backend.failedConnects, nowMs),
      inRate: Math.round(rates.in.next(backend.bytesToBackend, nowMs)),
      outRate: Math.round(rates.out.next(backend.bytesToClient, nowMs)),
      p50: latency?.p50 ?? null,
      p99: latency?.p99 ?? null,
    };
  }

  async #get<T>(path: string): Promise<T> {
    return (await this.#client.call<T>({ method: 'GET', path })).body;
  }
}

function latenciesOf({ items }: BackendHistories): ReadonlyMap<string, Latency> {
  return new Map(
    items.map(({ id, p50Ms, p99Ms }) => [id, { p50: p50Ms.at(-1) ?? null, p99: p99Ms.at(-1) ?? null }]),
  );
}
