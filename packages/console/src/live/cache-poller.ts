import type { Clock } from '@hanok/service-kit';
import type { ServiceEntry } from '../cluster-source.ts';
import { Rate } from './rate.ts';
import type { ServiceClients } from './service-clients.ts';
import type { Row } from './tables.ts';
import type { CacheStatus } from './upstream.ts';

const maxCaches = 16;

interface CacheRates {
  readonly operations: Rate;
  readonly hits: Rate;
  readonly misses: Rate;
}

/** How the caches do: engine, memory, hit rate, shards and hot keys. */
export class CachePoller {
  readonly #clients: ServiceClients;
  readonly #clock: Clock;
  readonly #rates = new Map<string, CacheRates>();
  rows: ReadonlyMap<string, Row> = new Map();

  constructor(clients: ServiceClients, clock: Clock) {
    this.#clients = clients;
    this.#clock = clock;
  }

  /** Asks all of them once. */
  async poll(services: readonly ServiceEntry[]): Promise<void> {
    const asked = services.slice(0, maxCaches);
    const rows = await Promise.all(
      asked.map(async (service) => [service.id, await this.#ask(service)] as const),
    );
    for (const id of this.#rates.keys()) if (!asked.some((each) => each.id === id)) this.#rates.delete(id);
    this.rows = new Map(rows);
  }

  async #ask(service: ServiceEntry): Promise<Row> {
    try {
      const { body } = await this.#clients
        .of(service)
        .call<CacheStatus>({ method: 'GET', path: '/v1/status' });
      return this.#rowOf(service.id, body);
    } catch {
      return { ...this.rows.get(service.id), isReachable: false };
    }
  }

  #rowOf(id: string, status: CacheStatus): Row {
    const rates = this.#rates.get(id) ?? { operations: new Rate(), hits: new Rate(), misses: new Rate() };
    this.#rates.set(id, rates);
    const nowMs = this.#clock.monotonicMs();
    const asked = status.hits + status.misses;
    return {
      isReachable: true,
      engine: status.engine,
      connected: status.connected,
      memory: status.sizeBytes,
      entries: status.entries,
      evictions: status.evictions,
      rate: rates.operations.next(status.operations, nowMs),
      hitRate: rates.hits.next(status.hits, nowMs),
      missRate: rates.misses.next(status.misses, nowMs),
      hitShare: asked === 0 ? null : Math.round((status.hits / asked) * 1_000) / 1_000,
      shards: status.shards.map(({ shard, connected, error }) =>
        connected ? `${shard} ok` : `${shard} ${error ?? 'away'}`,
      ),
      hotKeys: status.hotKeys.map(({ key, count }) => `${count} ${key}`),
    };
  }
}
