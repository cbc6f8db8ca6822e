import type { LiveModel } from './live-model.ts';
import { Rate } from './rate.ts';
import type { Row } from './tables.ts';
import type { BackendDescription, ListenerFigures } from './upstream.ts';

/** How fast the counters of a backend, or of a whole listener, grow. */
interface Rates {
  readonly total: Rate;
  /** Connects that failed; of a listener, clients turned away. */
  readonly failed: Rate;
  readonly in: Rate;
  readonly out: Rate;
}

interface FollowedBackend {
  readonly key: string;
  readonly rates: Rates;
}

/** The rows of one listener of an lb-proxy and of its backends. */
export class ListenerRows {
  readonly #balancer: string;
  readonly #name: string;
  readonly #model: LiveModel;
  readonly #rates = newRates();
  /** In the order of the figures. */
  #backends: readonly FollowedBackend[] = [];
  #usable = 0;

  constructor(balancer: string, name: string, model: LiveModel) {
    this.#balancer = balancer;
    this.#name = name;
    this.#model = model;
  }

  /** Takes in what the lb-proxy told at a moment, by the monotonic clock. */
  take(listener: ListenerFigures, nowMs: number): void {
    if (listener.backends !== undefined) this.#describe(listener.backends);
    this.#takeFigures(listener.figures, nowMs);
    const { connections, figures } = listener;
    this.#model.table('balancers').merge(this.#key, {
      balancer: this.#balancer,
      listener: this.#name,
      listen: listener.listen,
      port: listener.port,
      strategy: listener.strategy,
      pools: listener.pools.map(({ name, strategy }) => `${name}=${strategy}`),
      isReachable: true,
      isDiscovering: listener.discovery.connected,
      panic: listener.panic,
      active: connections.active,
      waiting: connections.waiting,
      rate: this.#rates.total.next(connections.total, nowMs),
      refusedRate: this.#rates.failed.next(listener.refused, nowMs),
      inRate: Math.round(this.#rates.in.next(sum(figures.bytesToBackend), nowMs)),
      outRate: Math.round(this.#rates.out.next(sum(figures.bytesToClient), nowMs)),
      backends: this.#backends.length,
      usable: this.#usable,
    });
  }

  /** It is out of reach: what was known of it stays. */
  lose(): void {
    this.#model.table('balancers').merge(this.#key, { isReachable: false });
  }

  /** It is there no more. */
  remove(): void {
    this.#model.table('balancers').delete(this.#key);
    this.#describe([]);
  }

  get #key(): string {
    return `${this.#balancer}/${this.#name}`;
  }

  #describe(descriptions: readonly BackendDescription[]): void {
    const table = this.#model.table('backends');
    const before = new Map(this.#backends.map((backend) => [backend.key, backend]));
    this.#backends = descriptions.map((description) => {
      const key = `${this.#key}/${description.id}`;
      table.merge(key, this.#descriptionRow(description));
      const backend = before.get(key) ?? { key, rates: newRates() };
      before.delete(key);
      return backend;
    });
    for (const key of before.keys()) table.delete(key);
    this.#usable = descriptions.filter(({ eligible }) => eligible).length;
  }

  /** Field by field: an older lb-proxy tells more of a backend. */
  #descriptionRow(backend: BackendDescription): Row {
    return {
      balancer: this.#balancer,
      listener: this.#name,
      id: backend.id,
      pool: backend.pool,
      address: `${backend.host}:${backend.port}`,
      state: backend.state,
      health: backend.health,
      eligible: backend.eligible,
      source: backend.source,
      weight: backend.weight,
      maxConnections: backend.maxConnections,
    };
  }

  #takeFigures(figures: ListenerFigures['figures'], nowMs: number): void {
    const table = this.#model.table('backends');
    for (const [index, { key, rates }] of this.#backends.entries()) {
      table.merge(key, {
        active: figures.activeConnections[index] ?? 0,
        rate: rates.total.next(figures.totalConnections[index] ?? 0, nowMs),
        failedRate: rates.failed.next(figures.failedConnects[index] ?? 0, nowMs),
        inRate: Math.round(rates.in.next(figures.bytesToBackend[index] ?? 0, nowMs)),
        outRate: Math.round(rates.out.next(figures.bytesToClient[index] ?? 0, nowMs)),
        p50: figures.p50Ms[index] ?? null,
        p99: figures.p99Ms[index] ?? null,
      });
    }
  }
}

function newRates(): Rates {
  return { total: new Rate(), failed: new Rate(), in: new Rate(), out: new Rate() };
}

function sum(column: readonly number[]): number {
  return column.reduce((total, value) => total + value, 0);
}
