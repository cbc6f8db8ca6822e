/** The outcome of one active check. */
export type CheckResult =
  | { readonly ok: true; readonly tookMs: number }
  | {
      readonly ok: false;
      /** `refused`: certainly nothing serves there. `no-answer`: too slow or cut off; it may still serve. */
      readonly reason: 'refused' | 'no-answer';
      readonly detail: string;
    };

export interface HealthSettings {
  /** Good checks in a row that bring a backend up again. */
  readonly rise: number;
  /** Failed checks in a row that take a backend down. */
  readonly fall: number;
  /** How long the first ejection lasts; each further one twice as long. */
  readonly ejectMs: number;
}

/** Health as people see it. */
export type HealthStatus = 'unknown' | 'up' | 'down' | 'ejected';

const MAX_EJECT_MS = 60_000;
const EJECTIONS_FORGOTTEN_AFTER_MS = 60_000;

/**
 * What is known of one backend's health, from active checks and from the connects of real clients. Pure: time
 * is passed in.
 *
 * The first check decides at once. Then `fall` failures in a row take it down and `rise` successes bring it
 * back. When clients' connects keep failing it is ejected for a while, and one failed check then confirms
 * that it is down: a killed backend is out within milliseconds, a single lost packet takes nobody out.
 */
export class BackendHealth {
  readonly #settings: HealthSettings;
  #checked: 'unknown' | 'up' | 'down' = 'unknown';
  #inARow = 0;
  #refuses = false;
  #suspected = false;
  #ejectedUntilMs = -Infinity;
  #ejections = 0;

  constructor(settings: HealthSettings) {
    this.#settings = settings;
  }

  status(nowMs: number): HealthStatus {
    return this.#checked === 'up' && this.isEjected(nowMs) ? 'ejected' : this.#checked;
  }

  /** May be given connections. */
  isUsable(nowMs: number): boolean {
    return this.#checked === 'up' && !this.isEjected(nowMs);
  }

  /** Not usable, but it may still serve: worth trying when most others are down, too. */
  isDoubtful(nowMs: number): boolean {
    return this.#checked !== 'unknown' && !this.#refuses && !this.isUsable(nowMs);
  }

  /** Nothing is pending: the checks agree with the state and no client's connect failed since. */
  isSettled(nowMs: number): boolean {
    return this.#checked === 'up' && this.#inARow === 0 && !this.#suspected && !this.isEjected(nowMs);
  }

  isEjected(nowMs: number): boolean {
    return nowMs < this.#ejectedUntilMs;
  }

  /** When the current ejection ends; in the past when there is none. */
  get ejectedUntilMs(): number {
    return this.#ejectedUntilMs;
  }

  /** Takes in a check's result. Returns true when the backend went up or down. */
  check(result: CheckResult): boolean {
    this.#refuses = !result.ok && result.reason === 'refused';
    const before = this.#checked;
    if (before === 'unknown') {
      this.#checked = result.ok ? 'up' : 'down';
      this.#suspected = false;
      return true;
    }
    if (result.ok === (before === 'up')) {
      this.#inARow = 0;
      if (result.ok) this.#suspected = false;
      return false;
    }
    this.#inARow += 1;
    const needed = result.ok ? this.#settings.rise : this.#suspected ? 1 : this.#settings.fall;
    if (this.#inARow < needed) return false;
    this.#inARow = 0;
    this.#suspected = false;
    this.#checked = result.ok ? 'up' : 'down';
    return true;
  }

  /** Clients' connects failed: the next failed check counts as the last one needed. */
  suspect(): void {
    this.#suspected = true;
  }

  /** Takes it out of service for a while although the checks call it up. Returns for how long, ms. */
  eject(nowMs: number): number {
    if (nowMs - this.#ejectedUntilMs > EJECTIONS_FORGOTTEN_AFTER_MS) this.#ejections = 0;
    const durationMs = Math.min(MAX_EJECT_MS, this.#settings.ejectMs * 2 ** this.#ejections);
    this.#ejections += 1;
    this.#ejectedUntilMs = nowMs + durationMs;
    return durationMs;
  }
}
