import type { Database } from '@hanok/repository';
import { untilNextBeatMs, type Clock, type Logger, type Timer } from '@hanok/service-kit';
import type { PlayerCopies } from './cache/player-copies.ts';
import type { Campaigns } from './rewards/campaigns.ts';
import { eraseOverdue } from './players/deletion.ts';
import { deleteExpired, type ExpiringTable } from './storage/delete-expired.ts';
import type { WebhookDeliverer } from './webhooks/deliverer.ts';
import type { EventLog } from './webhooks/event-log.ts';

export interface HousekeepingOptions {
  readonly database: Database;
  readonly copies: PlayerCopies;
  readonly campaigns: Campaigns;
  readonly deliverer: WebhookDeliverer;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly undoMs: number;
  /** Time between two rounds. Default 2,000. */
  readonly intervalMs?: number;
}

/** Players erased in one round, so that a backlog does not hold up other writes. */
const MAX_ERASED = 50;
/** Rounds between two sweeps of expired keys and overdue deletions. */
const SWEEP_EVERY = 15;

/**
 * What must happen without anybody asking: cached copies dropped that an outage kept, rewards resumed that a crash
 * interrupted, expired idempotency keys forgotten, deleted players erased. Every process does it; doing it twice changes nothing.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #rounds = 0;
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule();
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#options.campaigns.stop();
    await this.#round;
    await this.#options.copies.close();
  }

  /** One round of everything, now. Never rejects. */
  async runOnce(sweep = true): Promise<void> {
    const { copies, campaigns } = this.#options;
    await this.#attempt('drop out-of-date cached players', () => copies.payDebts());
    campaigns.runInBackground();
    if (!sweep) return;
    await this.#attempt('forget expired idempotency keys', () => this.#forget('idempotencyKeys'));
    await this.#attempt('forget expired refresh tokens', () => this.#forget('refreshTokens'));
    await this.#attempt('erase deleted players', () => this.#erase());
    await this.#attempt('bound the queue of webhooks', () => this.#options.deliverer.sweep());
  }

  #schedule(): void {
    if (this.#stopped) return;
    const { clock, intervalMs = 2_000 } = this.#options;
    this.#timer = clock.setTimer(untilNextBeatMs(clock, intervalMs), () => {
      this.#round = this.#nextRound();
    });
  }

  async #nextRound(): Promise<void> {
    await this.runOnce(this.#rounds % SWEEP_EVERY === 0);
    this.#rounds += 1;
    this.#schedule();
  }

  #forget(table: ExpiringTable): Promise<void> {
    const { database, clock } = this.#options;
    return deleteExpired(database, table, {
      expiredByMs: clock.now(),
      isWanted: () => !this.#stopped,
    });
  }

  #erase(): Promise<number> {
    const { database, events, clock, undoMs } = this.#options;
    return eraseOverdue(database, events, { deletedBefore: clock.now() - undoMs, limit: MAX_ERASED });
  }

  async #attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.logger.warn({ err: error }, `could not ${what}; trying again`);
    }
  }
}
