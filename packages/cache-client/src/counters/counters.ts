import { systemClock, type Clock } from '@hanok/service-kit';
import { checkInteger, checkName, taggedKey } from '../names.ts';
import { integer } from '../store/decode.ts';
import type { CacheStore } from '../store/cache-store.ts';
import { countArguments, countOperation, readWindows } from './count-operations.ts';
import { bucketAt, units, type WindowUnit } from './windows.ts';

/** What a counter counted in one minute, hour or day. */
export interface CounterWindow {
  /** When it begins, ms since the epoch. */
  readonly startMs: number;
  readonly value: number;
}

/**
 * Exact counters by name, such as `players_online` or `total_logins`, within ±(2^53 - 1), and what they counted
 * in each of the last 60 minutes, 48 hours and 31 days (of UTC, by the clock of who counts).
 */
export class Counters {
  readonly #store: CacheStore;
  readonly #clock: Clock;

  constructor(store: CacheStore, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Adds `by` (default 1; may be negative) and resolves to the sum.
   *
   * @throws CacheError `out_of_range` when the sum would leave ±(2^53 - 1); nothing is counted.
   */
  async increment(name: string, by = 1): Promise<number> {
    const args = countArguments(checkInteger('by', by), Math.floor(this.#clock.now()));
    return this.#store.run(countOperation, [keyOf(name), windowsKeyOf(name)], args);
  }

  /** 0 for a counter nobody incremented. */
  async read(name: string): Promise<number> {
    return integer((await this.#store.get(keyOf(name))) ?? 0);
  }

  /** The last windows up to the current one, oldest first, those of nothing included. */
  async windows(
    name: string,
    unit: WindowUnit,
    count: number = units[unit].kept,
  ): Promise<readonly CounterWindow[]> {
    const { sizeMs, kept } = units[unit];
    checkInteger('last', count, 1, kept);
    const current = Math.floor(this.#clock.now() / sizeMs) * sizeMs;
    const starts = Array.from({ length: count }, (_, i) => current - (count - 1 - i) * sizeMs);
    const buckets = starts.map((start) => bucketAt(unit, start));
    const values = await this.#store.run(readWindows, [windowsKeyOf(name)], buckets);
    return starts.map((startMs, i) => ({ startMs, value: values[i] ?? 0 }));
  }

  /** Back to 0, windows included. True when it had been incremented. */
  async reset(name: string): Promise<boolean> {
    const [counted] = await Promise.all([
      this.#store.delete(keyOf(name)),
      this.#store.delete(windowsKeyOf(name)),
    ]);
    return counted;
  }
}

function keyOf(name: string): string {
  return taggedKey('counter', checkName('name', name));
}

function windowsKeyOf(name: string): string {
  return taggedKey('counter', checkName('name', name), 'windows');
}
