import type { Clock } from '@hanok/service-kit';
import type { Transaction } from '@hanok/repository';
import { webhookEndpoints, webhookEvents } from '../storage/webhook-entities.ts';
import type { ChangeEvent } from './event-types.ts';

/** Endpoints there may be. */
export const MAX_ENDPOINTS = 50;
/** A new endpoint is told, by every process, of changes that begin after this time. */
export const SUBSCRIPTION_DELAY_MS = 1_000;

export interface EventLogOptions {
  readonly clock: Clock;
  /** Called after events were recorded; they may not be committed yet. */
  readonly onRecorded?: () => void;
}

interface Subscriptions {
  readonly types: ReadonlySet<string>;
  readonly readAtMs: number;
}

/**
 * The outbox of webhooks: changes are recorded by the transaction that makes them, so that what is told happened
 * and what happened is told. Nothing is recorded that no endpoint wants: which ones there are is read at most
 * once in `SUBSCRIPTION_DELAY_MS`, so without webhooks a change costs nothing more.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  #subscriptions: Subscriptions | undefined;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  /** Records what somebody wants to be told, in the transaction of the change; undefined when nobody does. */
  record(tx: Transaction, events: readonly ChangeEvent[]): Promise<void> | undefined {
    if (events.length === 0) return undefined;
    const known = this.#subscriptions;
    const isFresh =
      known !== undefined && this.#options.clock.monotonicMs() - known.readAtMs < SUBSCRIPTION_DELAY_MS;
    if (!isFresh) return this.#readSubscriptions(tx).then((types) => this.#write(tx, events, types));
    return known.types.size === 0 ? undefined : this.#write(tx, events, known.types);
  }

  async #write(tx: Transaction, events: readonly ChangeEvent[], types: ReadonlySet<string>): Promise<void> {
    const wanted = events.filter(({ type }) => types.has(type));
    if (wanted.length === 0) return;
    await tx.repository(webhookEvents).insertMany(wanted);
    this.#options.onRecorded?.();
  }

  /** Reads the endpoints anew before the next change; called by whoever changed them. */
  forgetSubscriptions(): void {
    this.#subscriptions = undefined;
  }

  async #readSubscriptions(tx: Transaction): Promise<ReadonlySet<string>> {
    const now = this.#options.clock.monotonicMs();
    const { items } = await tx
      .repository(webhookEndpoints)
      .findMany({ where: { status: 'enabled' }, limit: MAX_ENDPOINTS });
    const types = new Set(items.flatMap(({ eventTypes }) => eventTypes));
    this.#subscriptions = { types, readAtMs: now };
    return types;
  }
}
