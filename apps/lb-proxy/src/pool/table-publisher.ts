import type { Clock, Logger, Timer } from '@hanok/service-kit';
import type { BackendTable } from '@hanok/strategies';
import type { Backend, BackendSpec } from './backend.ts';
import { decideEligibility, rampedWeight } from './eligibility.ts';
import { ineligibilityOf } from './ineligibility.ts';

/** Weights are multiplied by this in the table, so that a slow start has steps also at weight 1. */
const WEIGHT_STEPS = 20;
const RAMP_INTERVAL_MS = 1_000;

export interface PublisherOptions {
  readonly table: BackendTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backends: () => Iterable<Backend>;
  readonly settingsOf: (spec: Pick<BackendSpec, 'pool'>) => {
    readonly panicPercent: number;
    readonly slowStartMs: number;
  };
  /** The table was published anew. */
  readonly published: () => void;
}

/** Shows in the table who gets connections and how many, now and whenever time alone changes that. */
export class TablePublisher {
  readonly #options: PublisherOptions;
  #panic = false;
  #again: Timer | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** True while doubtful backends are used because too few are healthy. */
  get panic(): boolean {
    return this.#panic;
  }

  publish(): void {
    const { table, clock, backends, settingsOf, published } = this.#options;
    const nowMs = clock.monotonicMs();
    const { eligible, panic } = decideEligibility(
      backends(),
      nowMs,
      (pool) => settingsOf({ pool }).panicPercent,
    );
    for (const backend of backends()) {
      const { slot, spec, upSinceMs } = backend;
      const { slowStartMs } = settingsOf(spec);
      const fullWeight = spec.weight * (slowStartMs > 0 ? WEIGHT_STEPS : 1);
      table.fullWeight[slot] = fullWeight;
      table.weight[slot] = rampedWeight(fullWeight, nowMs - upSinceMs, slowStartMs);
      Atomics.store(table.ineligibility, slot, ineligibilityOf(backend, nowMs));
      Atomics.store(table.eligible, slot, eligible.has(backend) ? 1 : 0);
    }
    table.publish();
    published();
    this.#notePanic(panic, eligible.size);
    this.#publishAgainWhenDue(nowMs);
  }

  stop(): void {
    this.#again?.cancel();
  }

  #notePanic(panic: boolean, eligible: number): void {
    if (panic === this.#panic) return;
    this.#panic = panic;
    const { logger } = this.#options;
    if (panic) logger.warn({ eligible }, 'too few backends are healthy: using doubtful ones');
    else logger.info('enough backends are healthy again');
  }

  /** Ejections end and slow starts progress with time alone. */
  #publishAgainWhenDue(nowMs: number): void {
    const { clock, backends, settingsOf } = this.#options;
    this.#again?.cancel();
    this.#again = undefined;
    const delaysMs = [...backends()].flatMap(({ spec, health, upSinceMs }) => [
      ...(health.isEjected(nowMs) ? [health.ejectedUntilMs - nowMs] : []),
      ...(nowMs - upSinceMs < settingsOf(spec).slowStartMs ? [RAMP_INTERVAL_MS] : []),
    ]);
    if (delaysMs.length === 0) return;
    this.#again = clock.setTimer(Math.max(1, Math.min(...delaysMs)), () => this.publish());
  }
}
