import { randomUUID } from 'node:crypto';
import type { Database } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import { leases } from './webhook-entities.ts';

export interface LeaseOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Which work it is about. */
  readonly name: string;
  /** A holder that does not renew it for so long is replaced. Default 10,000. */
  readonly ttlMs?: number;
}

/**
 * Work that one process at a time should do. It saves the others the trouble; what must not happen twice needs a
 * check of its own, because a process that stands still may believe for a moment too long that it holds it.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #ttlMs: number;
  readonly #holder = randomUUID();
  #renewAtMs = -Infinity;
  #isHeld = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? 10_000;
  }

  /** Takes or keeps the lease. Asks the database three times in its life, and knows the answer in between. */
  async hold(): Promise<boolean> {
    const { clock } = this.#options;
    if (clock.monotonicMs() < this.#renewAtMs) return this.#isHeld;
    this.#isHeld = await this.#take();
    this.#renewAtMs = clock.monotonicMs() + this.#ttlMs / 3;
    return this.#isHeld;
  }

  /** Lets the next process in at once. */
  async release(): Promise<void> {
    this.#renewAtMs = -Infinity;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    const { database, name: id } = this.#options;
    await database.repository(leases).deleteWhere({ id, holder: this.#holder });
  }

  async #take(): Promise<boolean> {
    const { database, clock, name: id } = this.#options;
    const repository = database.repository(leases);
    const now = clock.now();
    const another = { id, holder: { ne: this.#holder }, expiresAt: { gt: now } };
    // Read first: as long as another holds it, there is nothing to write.
    if (!this.#isHeld && (await repository.exists(another))) return false;
    const mine = { holder: this.#holder, expiresAt: now + this.#ttlMs };
    const free = { or: [{ holder: this.#holder }, { expiresAt: { lte: now } }] };
    if ((await repository.updateWhere({ id, ...free }, mine)) === 1) return true;
    return (await repository.insertIfAbsent({ id, ...mine })) !== undefined;
  }
}
