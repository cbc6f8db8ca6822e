import type { Cache } from '@hanok/cache-client';
import type { Database } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import { Counter, Gauge, type Registry } from 'prom-client';
import { webhookDeliveries, webhookEvents } from '../storage/webhook-entities.ts';

/** Where the figures come from; they are read when they are asked for. */
export interface MetricsSources {
  readonly database: Database;
  readonly cache: Pick<Cache, 'connected'>;
  readonly clock: Clock;
}

/** Adds what is particular to player-service to its metrics. */
export function registerMetrics(registry: Registry, { database, cache, clock }: MetricsSources): void {
  const registers = [registry];
  const gauge = (name: string, help: string, value: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(value()) });
  };
  const counter = (name: string, help: string, value: () => number): void => {
    const metric: Counter = new Counter({
      name,
      help,
      registers,
      collect: () => {
        metric.reset();
        metric.inc(value());
      },
    });
  };
  gauge('hanok_player_cache_connected', 'Whether the cache can be reached, 1 or 0', () =>
    Number(cache.connected),
  );
  gauge('hanok_database_connections', 'Open connections to the database', () => database.stats().pool.size);
  gauge('hanok_database_waiting', 'Callers that wait for a connection', () => database.stats().pool.waiting);
  if (database.stats().writer !== undefined) {
    const writer = () => database.stats().writer ?? { queued: 0, commits: 0, writes: 0, busyRetries: 0 };
    gauge(
      'hanok_database_queued_writes',
      'Writes that wait for the next group of SQLite',
      () => writer().queued,
    );
    counter('hanok_database_commits_total', 'Groups of writes committed by SQLite', () => writer().commits);
    counter('hanok_database_writes_total', 'Writes committed by SQLite', () => writer().writes);
    counter(
      'hanok_database_busy_retries_total',
      'Writes tried again because another process had the lock',
      () => {
        return writer().busyRetries;
      },
    );
  }
  registerWebhooks(registers, database, clock);
}

/** Read from the database, as every process delivers from the same queue. While it is away there are no values. */
function registerWebhooks(registers: Registry[], database: Database, clock: Clock): void {
  const deliveries = database.repository(webhookDeliveries);
  const events = database.repository(webhookEvents);
  const whenThere = async (metric: Gauge, read: () => Promise<void>): Promise<void> => {
    metric.reset();
    await read().catch(() => metric.reset());
  };
  const waiting: Gauge = new Gauge({
    name: 'hanok_webhook_deliveries',
    help: 'Deliveries of webhooks that wait, or were given up',
    labelNames: ['status'],
    registers,
    collect: () =>
      whenThere(waiting, async () => {
        for (const status of ['waiting', 'dead'] as const)
          waiting.set({ status }, await deliveries.count({ status }));
      }),
  });
  const oldest: Gauge = new Gauge({
    name: 'hanok_webhook_oldest_seconds',
    help: 'How long the oldest event or delivery of a webhook has waited',
    registers,
    collect: () =>
      whenThere(oldest, async () => {
        const first = [await events.findOne({}), await deliveries.findOne({ status: 'waiting' })];
        const since = Math.min(...first.map((row) => row?.createdAt ?? clock.now()));
        oldest.set((clock.now() - since) / 1_000);
      }),
  });
}
