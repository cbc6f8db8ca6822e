import { untilNextBeatMs, type Clock, type Logger, type Rng, type Timer } from '@hanok/service-kit';
import type { Lease } from '../storage/lease.ts';
import type { WebhookDeliveryRow, WebhookEndpointRow } from '../storage/webhook-entities.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import { retryDelayMs } from './retry-schedule.ts';
import type { SendOutcome, WebhookSender } from './sender.ts';
import { signatureOf } from './signature.ts';

export interface WebhookDelivererOptions {
  readonly queue: DeliveryQueue;
  readonly lease: Lease;
  readonly sender: WebhookSender;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
}

/** Sends to one endpoint at a time, so that one that hangs takes nothing from the others. */
const MAX_SENDS_PER_ENDPOINT = 16;
/** Time until changes are found that another process recorded. */
const POLL_MS = 500;
/** The same while another process delivers, or there is nobody to deliver to: then nothing is recorded either. */
const QUIET_POLL_MS = 4_000;
/** A change is recorded a moment before it is committed. */
const WAKE_MS = 10;
/** Events after which the bounds of the queue are checked again, at the latest with each sweep. */
const EVENTS_PER_CHECK = 10_000;
/** Longest that a stop waits for answers. */
const STOP_WAIT_MS = 2_000;

/** HTTP: the receiver is gone for good (and Standard Webhooks: do not come again). */
const GONE = 410;

/**
 * Delivers webhooks, one process for all. An attempt that no one noted is made again by whoever comes next, so
 * every delivery arrives at least once, and more than once under the same `webhook-id`.
 */
export class WebhookDeliverer {
  readonly #options: WebhookDelivererOptions;
  /** Deliveries being sent, by endpoint. */
  readonly #underWay = new Map<number, Set<number>>();
  readonly #sends = new Set<Promise<void>>();
  #timer: { readonly dueAtMs: number; readonly timer: Timer } | undefined;
  #turn: Promise<void> | undefined;
  #again = false;
  /** It is this process that delivers, and there is somebody to deliver to. */
  #isDelivering = false;
  #stopped = true;
  #unchecked = 0;

  constructor(options: WebhookDelivererOptions) {
    this.#options = options;
  }

  /** Delivers from now on until it is stopped. */
  start(): void {
    this.#stopped = false;
    this.#wakeAfter(0);
  }

  /** There may be something to deliver. */
  wake(): void {
    if (!this.#stopped) this.#wakeAfter(WAKE_MS);
  }

  /** Stops sending, waits a moment for what is under way, and lets the next process in. */
  async stop(): Promise<void> {
    const { clock, lease, sender } = this.#options;
    this.#stopped = true;
    this.#timer?.timer.cancel();
    await this.#turn;
    const patience = new AbortController();
    const enough = clock.sleep(STOP_WAIT_MS, patience.signal).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#sends), enough]);
    patience.abort();
    sender.close();
    await Promise.allSettled(this.#sends);
    await this.#attempt('give back the lease of webhooks', () => lease.release());
  }

  /** Spreads new events and begins to send what is due, now; resolves once these sends are noted. For tests. */
  async runOnce(): Promise<void> {
    await this.#takeTurn();
    while (this.#sends.size > 0) await Promise.allSettled(this.#sends);
  }

  /** Forgets dead deliveries that are too old, and disables endpoints for which too much waits. */
  async sweep(): Promise<void> {
    const { queue, lease, logger } = this.#options;
    if (!(await lease.hold())) return;
    this.#unchecked = 0;
    for (const endpointId of await queue.enforceBounds(await queue.endpoints())) {
      logger.error({ endpointId }, 'disabled a webhook endpoint: too much was waiting for it');
    }
  }

  /** Takes a turn after this time, or earlier if that is planned already: many wake-ups must not put it off. */
  #wakeAfter(delayMs: number): void {
    const { clock } = this.#options;
    const dueAtMs = clock.monotonicMs() + delayMs;
    if (this.#turn !== undefined) {
      // What is recorded during a turn may have come too late for it.
      this.#again = true;
      return;
    }
    if (this.#timer !== undefined && this.#timer.dueAtMs <= dueAtMs) return;
    this.#timer?.timer.cancel();
    this.#timer = { dueAtMs, timer: clock.setTimer(delayMs, () => this.#beginTurn()) };
  }

  #beginTurn(): void {
    this.#timer = undefined;
    this.#again = false;
    this.#turn = this.#attempt('deliver webhooks', () => this.#takeTurn()).finally(() => {
      this.#turn = undefined;
      if (!this.#stopped) this.#wakeAfter(this.#again ? WAKE_MS : this.#pauseMs());
    });
  }

  #pauseMs(): number {
    return this.#isDelivering ? POLL_MS : untilNextBeatMs(this.#options.clock, QUIET_POLL_MS);
  }

  async #takeTurn(): Promise<void> {
    const { queue, lease } = this.#options;
    const endpoints = await queue.endpoints();
    const isWanted = endpoints.length > 0 || (await queue.hasEvents());
    this.#isDelivering = isWanted && (await lease.hold());
    if (!this.#isDelivering) return;
    for (;;) {
      const spread = await queue.spreadEvents(endpoints);
      this.#unchecked += spread;
      if (spread === 0 || this.#unchecked >= EVENTS_PER_CHECK || !(await lease.hold())) break;
    }
    if (this.#unchecked >= EVENTS_PER_CHECK) {
      this.#again = true;
      await this.sweep();
    }
    for (const endpoint of endpoints) await this.#sendDue(endpoint);
  }

  async #sendDue(endpoint: WebhookEndpointRow): Promise<void> {
    const underWay = this.#underWay.get(endpoint.id) ?? new Set();
    this.#underWay.set(endpoint.id, underWay);
    if (underWay.size >= MAX_SENDS_PER_ENDPOINT) return;
    // Those under way are still in the list, so ask for as many as may be under way.
    const due = await this.#options.queue.due(endpoint.id, MAX_SENDS_PER_ENDPOINT);
    for (const delivery of due.filter(({ id }) => !underWay.has(id))) {
      underWay.add(delivery.id);
      const send = this.#sendOne(endpoint, delivery).finally(() => {
        underWay.delete(delivery.id);
        this.#sends.delete(send);
        this.wake();
      });
      this.#sends.add(send);
    }
  }

  #sendOne(endpoint: WebhookEndpointRow, delivery: WebhookDeliveryRow): Promise<void> {
    return this.#attempt('note a delivered webhook', () => this.#send(endpoint, delivery));
  }

  async #send(endpoint: WebhookEndpointRow, delivery: WebhookDeliveryRow): Promise<void> {
    const { sender, queue, clock } = this.#options;
    const timestampSeconds = Math.floor(clock.now() / 1_000);
    const id = `evt_${delivery.eventId}`;
    const outcome = await sender.send(
      endpoint.url,
      {
        'content-type': 'application/json',
        'user-agent': 'Hanok-Webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': signatureOf(
          { id, timestampSeconds, body: delivery.body },
          this.#secrets(endpoint),
        ),
      },
      delivery.body,
    );
    if (outcome.kind === 'accepted') await queue.accepted(delivery);
    // A send that this process cut off says nothing about the receiver.
    else if (!this.#stopped || outcome.status !== null) await this.#noteFailure(endpoint, delivery, outcome);
  }

  async #noteFailure(
    endpoint: WebhookEndpointRow,
    delivery: WebhookDeliveryRow,
    { status, error, retryAfterMs }: SendOutcome & { kind: 'failed' },
  ): Promise<void> {
    const { queue, clock, rng, logger } = this.#options;
    const delayMs = status === GONE ? undefined : retryDelayMs(delivery.attempts + 1, rng, retryAfterMs);
    const nextAttemptAt = delayMs === undefined ? undefined : clock.now() + delayMs;
    await queue.failed(delivery, { status, error, nextAttemptAt });
    logger.warn(
      { endpointId: endpoint.id, deliveryId: delivery.id, error, nextAttemptAt },
      'webhook refused',
    );
    if (status === GONE) await queue.disable(endpoint.id, 'the receiver answered 410 Gone');
  }

  #secrets({ secret, previousSecret, previousSecretUntil }: WebhookEndpointRow): string[] {
    const isStillGood = previousSecretUntil !== null && previousSecretUntil > this.#options.clock.now();
    return previousSecret === null || !isStillGood ? [secret] : [secret, previousSecret];
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.logger.warn({ err: error }, `could not ${what}; trying again`);
    }
  }
}
