import type { LiveModel } from './live-model.ts';
import { RateColumn } from './rate-column.ts';
import { Rate } from './rate.ts';
import type { Row } from './tables.ts';
import type { BackendDescription, ListenerFigures } from './upstream.ts';

/** The rows of one listener of an lb-proxy and of its backends. */
export class ListenerRows {
  readonly #balancer: string;
  readonly #name: string;
  readonly #model: LiveModel;
  readonly #rates = { total: new Rate(), refused: new Rate(), in: new Rate(), out: new Rate() };
  readonly #backendRates = {
    total: new RateColumn(10),
    failed: new RateColumn(10),
    in: new RateColumn(1),
    out: new RateColumn(1),
  };
  /** Of the backends' rows, in the order of the figures. */
  #keys: readonly string[] = [];
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
      refusedRate: this.#rates.refused.next(listener.refused, nowMs),
      inRate: Math.round(this.#rates.in.next(sum(figures.bytesToBackend), nowMs)),
      outRate: Math.round(this.#rates.out.next(sum(figures.bytesToClient), nowMs)),
      backends: this.#keys.length,
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
    this.#model.table('backends').columns.delete(this.#key);
  }

  get #key(): string {
    return `${this.#balancer}/${this.#name}`;
  }

  #describe(descriptions: readonly BackendDescription[]): void {
    const table = this.#model.table('backends');
    const gone = new Set(this.#keys);
    this.#keys = descriptions.map((description) => {
      const key = `${this.#key}/${description.id}`;
      table.merge(key, this.#descriptionRow(description));
      gone.delete(key);
      return key;
    });
    for (const key of gone) table.delete(key);
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
    const [keys, rates] = [this.#keys, this.#backendRates];
    this.#model.table('backends').columns.set(this.#key, keys, {
      active: figures.activeConnections,
      rate: rates.total.next(keys, figures.totalConnections, nowMs),
      failedRate: rates.failed.next(keys, figures.failedConnects, nowMs),
      inRate: rates.in.next(keys, figures.bytesToBackend, nowMs),
      outRate: rates.out.next(keys, figures.bytesToClient, nowMs),
      p50: figures.p50Ms,
      p99: figures.p99Ms,
    });
  }
}

function sum(column: readonly number[]): number {
  return column.reduce((total, value) => total + value, 0);
}
