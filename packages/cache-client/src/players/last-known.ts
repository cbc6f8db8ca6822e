import type { Clock } from '@hanok/service-kit';
import { LRUCache } from 'lru-cache';

/** Most players remembered; the least recently read go first. */
const maxRemembered = 10_000;

/**
 * What this process read last of each player, for when the source fails. It gives up the guarantee of the player
 * cache on purpose, for uses where an old answer is better than none.
 */
export class LastKnown<T> {
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  readonly #values = new LRUCache<string, { readonly value: T | undefined; readonly atMs: number }>({
    max: maxRemembered,
  });

  constructor(clock: Clock, maxAgeMs: number) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  /** Reads, or falls back to what the last read gave if that is not too old. @throws what `read` throws, else */
  async orLastKnown(
    playerId: string,
    read: () => Promise<T | undefined>,
    onFallback: () => void,
  ): Promise<T | undefined> {
    try {
      const value = await read();
      this.#values.set(playerId, { value, atMs: this.#clock.monotonicMs() });
      return value;
    } catch (error) {
      const last = this.#values.get(playerId);
      if (last === undefined || this.#clock.monotonicMs() - last.atMs > this.#maxAgeMs) throw error;
      onFallback();
      return last.value;
    }
  }
}
