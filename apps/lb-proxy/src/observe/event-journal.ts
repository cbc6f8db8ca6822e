import type { Clock } from '@hanok/service-kit';

/** What can happen to a balancer and its backends. */
export type BalancerEventKind =
  'added' | 'removed' | 'up' | 'down' | 'ejected' | 'enabled' | 'draining' | 'disabled' | 'strategy';

/** One of the things that happened lately. */
export interface BalancerEvent {
  /** Counts up by one. */
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: BalancerEventKind;
  /** The backend, or the pool of a changed strategy (empty: the default one). */
  readonly subject: string;
  /** More of it, for people; may be empty. */
  readonly detail: string;
}

const KEPT_EVENTS = 500;
/** Readers that may wait for the next event; more are answered at once. */
const MAX_WAITING = 256;

/** What happened to the backends since the start, the last 500, for who watches. */
export class EventJournal {
  readonly #clock: Clock;
  #events: BalancerEvent[] = [];
  #last = 0;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Number of the newest event; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  record(kind: BalancerEventKind, subject: string, detail = ''): void {
    this.#last += 1;
    const at = new Date(this.#clock.now()).toISOString();
    this.#events.push({ number: this.#last, at, kind, subject, detail });
    if (this.#events.length > KEPT_EVENTS * 2) this.#events = this.#events.slice(-KEPT_EVENTS);
    for (const wake of this.#waiting) wake();
  }

  /** Those after `number`, oldest first. A number from before a restart is higher than all: then all of them. */
  since(number: number): BalancerEvent[] {
    const after = number > this.#last ? 0 : number;
    return this.#events.slice(-KEPT_EVENTS).filter((event) => event.number > after);
  }

  /** Resolves when there is an event after `number`, at the latest after `waitMs`, and when the signal aborts. */
  async changed(number: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (number !== this.#last || waitMs === 0 || signal.aborted || this.#waiting.size >= MAX_WAITING) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(waitMs, resolve);
    this.#waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    timer.cancel();
    this.#waiting.delete(resolve);
  }

  /** Answers everyone who waits: the process stops. */
  close(): void {
    for (const wake of this.#waiting) wake();
  }
}
