import type { RegistryChange, ServiceRegistry } from '@hanok/cluster';
import type { Clock } from '@hanok/service-kit';

/** What to wait for. */
export interface AwaitedChange {
  /** The last revision seen: a change after it ends the wait. */
  readonly since: number;
  /** Only changes of nodes of this service; undefined for any. */
  readonly service: string | undefined;
  readonly waitMs: number;
  /** Ends the wait, e.g. because who asked has gone. */
  readonly signal: AbortSignal;
}

/** How a wait ended: `gone` when the changes since that revision are not all known, `full` when too many wait. */
export type WaitOutcome = 'changed' | 'unchanged' | 'gone' | 'full';

const maxWaiting = 2_048;

/** Requests that wait for the registry to change (long polls). */
export class ChangeWaits {
  readonly #registry: ServiceRegistry;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(registry: ServiceRegistry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves at once when a change after `since` is known, else with the next one, or when the time is over. */
  async wait({ since, service, waitMs, signal }: AwaitedChange): Promise<WaitOutcome> {
    const isAwaited = (change: RegistryChange): boolean =>
      change.kind === 'node' && (service === undefined || change.node.service === service);
    const missed = this.#registry.changesSince(since);
    if (missed === null) return 'gone';
    if (missed.some(isAwaited)) return 'changed';
    if (waitMs === 0 || this.#closed || signal.aborted) return 'unchanged';
    if (this.#waiting.size >= maxWaiting) return 'full';

    const ended = Promise.withResolvers<WaitOutcome>();
    const giveUp = (): void => ended.resolve('unchanged');
    const timer = this.#clock.setTimer(waitMs, giveUp);
    const unwatch = this.#registry.watch({
      onChange: (change) => {
        if (isAwaited(change)) ended.resolve('changed');
      },
      onReset: () => ended.resolve('gone'),
    });
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.add(giveUp);
    try {
      return await ended.promise;
    } finally {
      this.#waiting.delete(giveUp);
      signal.removeEventListener('abort', giveUp);
      unwatch();
      timer.cancel();
    }
  }

  /** Ends all waits, as if their time were over. */
  close(): void {
    this.#closed = true;
    for (const giveUp of this.#waiting) giveUp();
  }
}
