import { everyRow, type Database, type Transaction } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import { toTimestamp } from '../domain/timestamp.ts';
import {
  webhookDeliveries,
  webhookEndpoints,
  webhookEvents,
  type WebhookDeliveryRow,
  type WebhookEndpointRow,
  type WebhookEventRow,
} from '../storage/webhook-entities.ts';
import { MAX_ENDPOINTS } from './event-log.ts';

/** An endpoint for which more than this waits is disabled: it will not catch up, and the queue has to end. */
export const MAX_WAITING = 100_000;
/** How long dead deliveries can be delivered again. */
export const DEAD_KEPT_MS = 14 * 86_400_000;
/** Events spread over the endpoints in one transaction. */
const EVENTS_AT_ONCE = 200;

export interface DeliveryQueueOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Default `MAX_WAITING`. */
  readonly maxWaiting?: number;
}

/** A failed attempt, and when the next one is due; without one the delivery is dead. */
export interface Failure {
  readonly status: number | null;
  readonly error: string;
  readonly nextAttemptAt: number | undefined;
}

/**
 * The deliveries in the database. Those of one endpoint about one player form a line, of which only the first has
 * a time at which it may be tried; whoever takes it out of the line, accepted or dead, gives the next its time.
 */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
  }

  /** Endpoints that get deliveries. */
  async endpoints(): Promise<WebhookEndpointRow[]> {
    const repository = this.#options.database.repository(webhookEndpoints);
    return (await repository.findMany({ where: { status: 'enabled' }, limit: MAX_ENDPOINTS })).items;
  }

  /** Whether there are events to spread; without endpoints, of a time when there were some. */
  hasEvents(): Promise<boolean> {
    return this.#options.database.repository(webhookEvents).exists(everyRow);
  }

  /**
   * Makes deliveries of recorded events, oldest first, and forgets the events. One process at a time: two would
   * mix up the order.
   *
   * @returns how many events; call again while there are any.
   */
  async spreadEvents(endpoints: readonly WebhookEndpointRow[]): Promise<number> {
    const { database, clock } = this.#options;
    // Asked outside of a transaction first: mostly there is nothing, and nobody has to wait for that.
    if (!(await this.hasEvents())) return 0;
    return database.transaction(
      async (tx) => {
        const { items: events } = await tx.repository(webhookEvents).findMany({ limit: EVENTS_AT_ONCE });
        if (events.length === 0) return 0;
        await tx.repository(webhookEvents).deleteWhere({ id: { in: events.map(({ id }) => id) } });
        const rows = events.flatMap((event) => deliveriesOf(event, endpoints));
        if (rows.length === 0) return events.length;
        const stored = await tx.repository(webhookDeliveries).insertMany(rows);
        const ids = stored.map(({ id }) => id);
        await openLines(tx, Math.min(...ids), Math.max(...ids), clock.now());
        return events.length;
      },
      { isolation: 'read-committed' },
    );
  }

  /** The first deliveries to an endpoint that may be tried now. */
  async due(endpointId: number, limit: number): Promise<WebhookDeliveryRow[]> {
    const { database, clock } = this.#options;
    const { rows } = await database.sql<{ id: number }>`
      SELECT id FROM webhook_deliveries WHERE endpoint_id = ${endpointId} AND next_attempt_at <= ${clock.now()}
      ORDER BY next_attempt_at, id LIMIT ${limit}`;
    return database.repository(webhookDeliveries).findByIds(rows.map(({ id }) => id));
  }

  /** Takes an accepted delivery out. Does nothing when another process did so first. */
  async accepted(delivery: WebhookDeliveryRow): Promise<void> {
    const { id, attempts } = delivery;
    await this.#transaction(async (tx) => {
      const removed = await tx.repository(webhookDeliveries).deleteWhere({ id, attempts, status: 'waiting' });
      if (removed === 1) await this.#callNext(tx, delivery);
    });
  }

  /** Notes a failed attempt. Does nothing when another process did so first. */
  async failed(delivery: WebhookDeliveryRow, { status, error, nextAttemptAt }: Failure): Promise<void> {
    const { id, attempts } = delivery;
    await this.#transaction(async (tx) => {
      const isDead = nextAttemptAt === undefined;
      const changed = await tx.repository(webhookDeliveries).updateWhere(
        { id, attempts, status: 'waiting' },
        {
          attempts: attempts + 1,
          lastStatus: status,
          lastError: error,
          nextAttemptAt: nextAttemptAt ?? null,
          status: isDead ? 'dead' : 'waiting',
        },
      );
      if (isDead && changed === 1) await this.#callNext(tx, delivery);
    });
  }

  /** Disables an endpoint; what waits for it is dead until somebody delivers it again. */
  async disable(endpointId: number, reason: string): Promise<void> {
    await this.#transaction(async (tx) => {
      await tx
        .repository(webhookEndpoints)
        .updateWhere({ id: endpointId, status: 'enabled' }, { status: 'disabled', disabledReason: reason });
      await killWaiting(tx, endpointId);
    });
  }

  /** Ends what has become too long or too old. @returns the endpoints that were disabled. */
  async enforceBounds(endpoints: readonly WebhookEndpointRow[]): Promise<number[]> {
    const { database, clock, maxWaiting = MAX_WAITING } = this.#options;
    const repository = database.repository(webhookDeliveries);
    await repository.deleteWhere({ status: 'dead', createdAt: { lte: clock.now() - DEAD_KEPT_MS } });
    const disabled: number[] = [];
    for (const { id } of endpoints) {
      if ((await repository.count({ endpointId: id, status: 'waiting' })) <= maxWaiting) continue;
      await this.disable(id, `more than ${maxWaiting} deliveries were waiting`);
      disabled.push(id);
    }
    return disabled;
  }

  async #callNext(tx: Transaction, { endpointId, playerId }: WebhookDeliveryRow): Promise<void> {
    if (playerId === null) return;
    const next = await tx
      .repository(webhookDeliveries)
      .findOne({ endpointId, status: 'waiting', playerId }, [['id', 'asc']]);
    if (next?.nextAttemptAt !== null) return;
    await tx.repository(webhookDeliveries).update(next.id, { nextAttemptAt: this.#options.clock.now() });
  }

  #transaction(work: (tx: Transaction) => Promise<void>): Promise<void> {
    return this.#options.database.transaction(work, { isolation: 'read-committed' });
  }
}

/** What waits for an endpoint is dead now. */
export async function killWaiting(tx: Transaction, endpointId: number): Promise<void> {
  await tx
    .repository(webhookDeliveries)
    .updateWhere({ endpointId, status: 'waiting' }, { status: 'dead', nextAttemptAt: null });
}

/** Gives a time to those of the deliveries that nobody stands before. */
export async function openLines(
  tx: Transaction,
  firstId: number,
  lastId: number,
  now: number,
): Promise<void> {
  await tx.sql`
    UPDATE webhook_deliveries SET next_attempt_at = ${now}
    WHERE id BETWEEN ${firstId} AND ${lastId} AND status = 'waiting' AND next_attempt_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM webhook_deliveries AS earlier
        WHERE earlier.endpoint_id = webhook_deliveries.endpoint_id AND earlier.status = 'waiting'
          AND earlier.player_id = webhook_deliveries.player_id AND earlier.id < webhook_deliveries.id)`;
}

function deliveriesOf(event: WebhookEventRow, endpoints: readonly WebhookEndpointRow[]) {
  const { id, type, playerId, data, createdAt } = event;
  const body = JSON.stringify({ type, timestamp: toTimestamp(createdAt), data });
  return endpoints
    .filter(({ eventTypes }) => eventTypes.includes(type))
    .map((endpoint) => ({
      endpointId: endpoint.id,
      eventId: id,
      eventType: type,
      playerId,
      body,
      createdAt,
    }));
}
