import { systemClock, type Clock, type Timer } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { checkInteger, checkName, taggedKey } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import { noteReading, readGauge, withdrawReading } from './gauge-operations.ts';

/** What all sources of a gauge say together. */
export interface GaugeValue {
  readonly value: number;
  /** How many sources it is made of. */
  readonly sources: number;
}

/** A gauge that is kept up to date until it is closed. */
export interface KeptGauge {
  /** Withdraws the source's share at once. */
  close(): Promise<void>;
}

/** Most sources of one gauge. */
export const maxGaugeSources = 1_000;
/** Longest a reading may hold: a day. */
export const maxReadingTtlMs = 86_400_000;

const defaultTtlMs = 30_000;
/** The most, up or down, that one source may say, so that the sum of all of them stays exact. */
export const maxReading = Math.floor(Number.MAX_SAFE_INTEGER / maxGaugeSources);

/**
 * Values that are there at the moment, such as players online: each server (source) says its own share again and
 * again, and a share that is not renewed is left out. So a server that dies takes its share with it, and nothing
 * has to be counted down.
 */
export class Gauges {
  readonly #store: CacheStore;
  readonly #clock: Clock;

  constructor(store: CacheStore, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Says a source's share, which holds for `ttlMs` (default 30,000).
   *
   * @throws CacheError `invalid` for a value beyond ±(2^53 - 1) / 1,000 or a ttlMs of over a day, `conflict`
   * for the 1,001st source.
   */
  async set(name: string, source: string, value: number, ttlMs = defaultTtlMs): Promise<void> {
    checkInteger('value', value, -maxReading, maxReading);
    checkInteger('ttlMs', ttlMs, 1, maxReadingTtlMs);
    const args = [checkName('source', source), value, ttlMs, maxGaugeSources];
    if (!(await this.#store.run(noteReading, [keyOf(name)], args))) {
      throw new CacheError('conflict', `a gauge has at most ${maxGaugeSources} sources`, {
        field: 'source',
        rule: 'maxItems',
      });
    }
  }

  async read(name: string): Promise<GaugeValue> {
    return this.#store.run(readGauge, [keyOf(name)], []);
  }

  /** Takes a source's share out. True when it had one. */
  async withdraw(name: string, source: string): Promise<boolean> {
    return this.#store.run(withdrawReading, [keyOf(name)], [checkName('source', source)]);
  }

  /** Says what `value` returns, now and three times within each `ttlMs`; failures are made good by the next. */
  keep(name: string, source: string, value: () => number, ttlMs = defaultTtlMs): KeptGauge {
    let timer: Timer | undefined;
    let saying: Promise<void> = Promise.resolve();
    const say = (): void => {
      timer = this.#clock.setTimer(ttlMs / 3, say);
      saying = this.set(name, source, value(), ttlMs).catch(() => undefined);
    };
    say();
    return {
      close: async () => {
        timer?.cancel();
        await saying;
        await this.withdraw(name, source).catch(() => undefined);
      },
    };
  }
}

function keyOf(name: string): string {
  return taggedKey('gauge', checkName('name', name));
}
