import type { RelayConnection } from './relay-connection.ts';
import type { RelayLeg } from './relay-leg.ts';
import type { RelaySettings } from './relay-engine.ts';

const MAX_SWEEP_MS = 1_000;
const MIN_SWEEP_MS = 10;
const SWEEPS_PER_TIMEOUT = 4;

/**
 * The open connections of an engine, looked through about once a second for timeouts and byte counts: one
 * timer for all, and one clock reading that the hot path uses instead of its own.
 */
export class ConnectionTable<L extends RelayLeg<L>> {
  readonly #connections = new Set<RelayConnection<L>>();
  readonly #sweeper: NodeJS.Timeout;
  #sweptAtMs = performance.now();

  constructor(settings: RelaySettings) {
    this.#sweeper = setInterval(() => this.#sweep(), sweepIntervalMs(settings));
  }

  /** Monotonic time of the last sweep, ms. */
  get sweptAtMs(): number {
    return this.#sweptAtMs;
  }

  get size(): number {
    return this.#connections.size;
  }

  add(connection: RelayConnection<L>): void {
    this.#connections.add(connection);
  }

  forget(connection: RelayConnection<L>): void {
    this.#connections.delete(connection);
  }

  stop(): void {
    clearInterval(this.#sweeper);
  }

  #sweep(): void {
    this.#sweptAtMs = performance.now();
    for (const connection of this.#connections) connection.sweep(this.#sweptAtMs);
  }
}

function sweepIntervalMs({ idleTimeoutMs, halfClosedTimeoutMs }: RelaySettings): number {
  const shortest = Math.min(...[idleTimeoutMs, halfClosedTimeoutMs].filter((timeoutMs) => timeoutMs > 0));
  return Math.max(MIN_SWEEP_MS, Math.min(MAX_SWEEP_MS, shortest / SWEEPS_PER_TIMEOUT));
}
