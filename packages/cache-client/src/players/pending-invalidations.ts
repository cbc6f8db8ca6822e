import type { Clock, Timer } from '@hanok/service-kit';
import { playerKey } from '../names.ts';
import type { Invalidator } from '../invalidations/invalidator.ts';

/** Ids remembered one by one; beyond it, everything counts as pending. */
const maxIds = 10_000;
const firstRetryMs = 100;
const lastRetryMs = 1_000;

/**
 * Invalidations the cache could not acknowledge. They are delivered as soon as it answers again; until then
 * this process does not trust the cache with these players. If too many pile up, all players are invalidated.
 */
export class PendingInvalidations {
  readonly #invalidator: Invalidator;
  readonly #clock: Clock;
  readonly #ids = new Set<string>();
  #all = false;
  #timer: Timer | undefined;
  #retryMs = firstRetryMs;

  constructor(invalidator: Invalidator, clock: Clock) {
    this.#invalidator = invalidator;
    this.#clock = clock;
  }

  /** How many wait; Infinity when everything is to be invalidated. */
  get size(): number {
    return this.#all ? Infinity : this.#ids.size;
  }

  has(playerId: string): boolean {
    return this.#all || this.#ids.has(playerId);
  }

  add(playerId: string): void {
    this.#ids.add(playerId);
    if (this.#ids.size > maxIds) {
      this.#ids.clear();
      this.#all = true;
    }
    this.#timer ??= this.#clock.setTimer(this.#retryMs, () => void this.#deliver());
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #deliver(): Promise<void> {
    const delivered = this.#all ? await this.#deliverAll() : await this.#deliverEach();
    this.#retryMs = delivered ? firstRetryMs : Math.min(lastRetryMs, this.#retryMs * 2);
    if (this.#timer === undefined) return;
    this.#timer =
      this.size === 0 ? undefined : this.#clock.setTimer(this.#retryMs, () => void this.#deliver());
  }

  async #deliverAll(): Promise<boolean> {
    try {
      const { shards } = await this.#invalidator.dropMatching(playerKey('*'));
      this.#all = !shards.every(({ ok }) => ok);
    } catch {
      return false;
    }
    return !this.#all;
  }

  /** Stops at the first failure of a shard only for that id: other shards may be well. */
  async #deliverEach(): Promise<boolean> {
    const attempts = [...this.#ids].slice(0, 256).map(async (id) => {
      await this.#invalidator.drop(playerKey(id));
      this.#ids.delete(id);
    });
    const results = await Promise.allSettled(attempts);
    return results.every(({ status }) => status === 'fulfilled');
  }
}
