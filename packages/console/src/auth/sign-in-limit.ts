import type { Clock } from '@hanok/service-kit';

const windowMs = 60_000;
const maxPerAddress = 5;
const maxInAll = 100;
const maxAddresses = 1_000;

interface Failures {
  readonly startedMs: number;
  count: number;
}

/**
 * Slows down guessing: five wrong tokens a minute from one address, a hundred in all. A right one is not counted, so
 * that who knows it is only ever held up by guesses from his own address.
 */
export class SignInLimit {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, Failures>();
  #all: Failures;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#all = { startedMs: clock.monotonicMs(), count: 0 };
  }

  /** Seconds to wait before another try; 0: now. */
  waitSeconds(address: string): number {
    const nowMs = this.#clock.monotonicMs();
    const own = this.#byAddress.get(address);
    const limited = [
      ...(own !== undefined && own.count >= maxPerAddress ? [own] : []),
      ...(this.#all.count >= maxInAll ? [this.#all] : []),
    ];
    const leftMs = Math.max(0, ...limited.map(({ startedMs }) => startedMs + windowMs - nowMs));
    return Math.ceil(leftMs / 1_000);
  }

  /** Counts a wrong token. */
  failed(address: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#all.startedMs >= windowMs) this.#all = { startedMs: nowMs, count: 0 };
    this.#all.count += 1;
    const own = this.#byAddress.get(address);
    if (own !== undefined && nowMs - own.startedMs < windowMs) {
      own.count += 1;
      return;
    }
    this.#byAddress.delete(address);
    const [oldest] = this.#byAddress.keys();
    if (oldest !== undefined && this.#byAddress.size >= maxAddresses) this.#byAddress.delete(oldest);
    this.#byAddress.set(address, { startedMs: nowMs, count: 1 });
  }
}
