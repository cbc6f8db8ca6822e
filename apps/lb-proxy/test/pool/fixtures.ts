import { silentLogger } from '@hanok/service-kit';
import { SimulatedClock, seededRng } from '@hanok/testkit';
import type { SlotEndpoint } from '../../src/data-plane/messages.ts';
import { SharedState } from '../../src/data-plane/shared-state.ts';
import { BackendPool, type PoolSettings } from '../../src/pool/backend-pool.ts';
import type { BackendSpec } from '../../src/pool/backend.ts';
import type { CheckResult } from '../../src/pool/backend-health.ts';
import { HealthChecker } from '../../src/pool/health-checker.ts';

/** A pool with simulated time and checks whose results the test sets. */
export class PoolBench {
  readonly clock = new SimulatedClock();
  readonly state: SharedState;
  readonly pool: BackendPool;
  readonly endpoints: SlotEndpoint[] = [];
  readonly closedSlots: number[] = [];
  /** By port: what the next checks say. Default: good. */
  readonly results = new Map<number, CheckResult>();
  /** Ports in the order they were checked. */
  readonly probed: number[] = [];
  #running = 0;
  mostRunning = 0;

  constructor(settings: Partial<PoolSettings> = {}, capacity = 8) {
    this.state = new SharedState({ capacity, workers: 1 });
    this.pool = new BackendPool({
      state: this.state,
      settingsOf: () => ({
        health: { rise: 2, fall: 3, ejectMs: 1_000 },
        panicPercent: 50,
        maxEjectedPercent: 50,
        slowStartMs: 0,
        maxConnectionsPerBackend: 0,
        ...settings,
      }),
      clock: this.clock,
      logger: silentLogger,
      dataPlane: {
        setEndpoint: (endpoint) => this.endpoints.push(endpoint),
        tableChanged: () => undefined,
        closeConnections: (slot) => this.closedSlots.push(slot),
      },
    });
  }

  /** Starts checking: every 10 s, every 1 s while in doubt, each check takes `checkMs`. */
  start(checkMs = 0): void {
    this.pool.start(
      new HealthChecker({
        routineOf: () => ({
          intervalMs: 10_000,
          fastIntervalMs: 1_000,
          timeoutMs: 2_000,
          probe: async (host, port) => {
            this.probed.push(port);
            this.#running += 1;
            this.mostRunning = Math.max(this.mostRunning, this.#running);
            if (checkMs > 0) await this.clock.sleep(checkMs);
            this.#running -= 1;
            return { address: host, check: this.results.get(port) ?? { ok: true, tookMs: 1 } };
          },
        }),
        clock: this.clock,
        rng: seededRng(1),
        onResult: (backend, result) => this.pool.checked(backend, result),
      }),
    );
  }

  add(id: string, port: number, more: Partial<BackendSpec> = {}): void {
    this.pool.add({
      id,
      host: '10.0.0.1',
      port,
      weight: 1,
      maxConnections: 0,
      state: 'enabled',
      source: 'api',
      ...more,
    });
  }

  /** Ids of the backends that get connections now. */
  eligible(): string[] {
    return this.pool
      .list()
      .filter(({ slot }) => this.state.table.eligible[slot] === 1)
      .map(({ spec }) => spec.id);
  }

  weightOf(id: string): number {
    return this.state.table.weight[this.pool.get(id).slot] ?? 0;
  }
}

export const refusedCheck: CheckResult = { ok: false, reason: 'refused', detail: 'ECONNREFUSED' };
export const silentCheck: CheckResult = { ok: false, reason: 'no-answer', detail: 'no answer in 2000 ms' };
