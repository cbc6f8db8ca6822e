import type { Clock } from '@hanok/service-kit';
import type { ServiceEntry } from '../cluster-source.ts';
import { getText, type TextAnswer } from './get-text.ts';
import { readProcessMetrics } from './process-metrics.ts';
import { Rate } from './rate.ts';
import type { ReadinessReport } from './upstream.ts';

/** Asked at once; the others follow in turn, so that many services do not cost more than a few. */
const batchSize = 8;

/** What is known of a service besides its registration. */
export interface ServiceLoad {
  readonly rate: number | null;
  readonly errorRate: number | null;
  /** Percent of a core. */
  readonly cpu: number | null;
  /** Bytes. */
  readonly memory: number | null;
  /** Names of the checks that fail. */
  readonly failing: readonly string[];
}

interface Observed {
  readonly requests: Rate;
  readonly errors: Rate;
  readonly cpu: Rate;
  load: ServiceLoad;
}

const unknown: ServiceLoad = { rate: null, errorRate: null, cpu: null, memory: null, failing: [] };

/** How each registered service is, asked in turn: load, memory, and which of its checks fail. */
export class ServicePoller {
  readonly #clock: Clock;
  readonly #observed = new Map<string, Observed>();
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asks the next few. */
  async poll(services: readonly ServiceEntry[]): Promise<void> {
    const ids = new Set(services.map(({ id }) => id));
    for (const id of this.#observed.keys()) if (!ids.has(id)) this.#observed.delete(id);
    const alive = services.filter(({ state }) => state !== 'dead');
    const count = Math.min(batchSize, alive.length);
    const turn = [...alive, ...alive].slice(this.#next, this.#next + count);
    this.#next = alive.length === 0 ? 0 : (this.#next + count) % alive.length;
    await Promise.all(turn.map((service) => this.#pollOne(service)));
  }

  loadOf(id: string): ServiceLoad {
    return this.#observed.get(id)?.load ?? unknown;
  }

  async #pollOne(service: ServiceEntry): Promise<void> {
    const observed = this.#observedOf(service.id);
    try {
      const [metrics, readiness] = await Promise.all([
        getText(service, '/metrics'),
        getText(service, '/readyz'),
      ]);
      const nowMs = this.#clock.monotonicMs();
      const { cpuSeconds, memoryBytes, requests, errors } = readProcessMetrics(metrics.text);
      observed.load = {
        rate: observed.requests.next(requests, nowMs),
        errorRate: observed.errors.next(errors, nowMs),
        // A hundredth of a core is as fine as it is shown.
        cpu: Math.round(observed.cpu.next(cpuSeconds * 1_000, nowMs)) / 10,
        memory: memoryBytes,
        failing: failingChecks(readiness),
      };
    } catch {
      observed.load = { ...unknown, failing: ['unreachable'] };
    }
  }

  #observedOf(id: string): Observed {
    let observed = this.#observed.get(id);
    if (observed === undefined) {
      observed = { requests: new Rate(), errors: new Rate(), cpu: new Rate(), load: unknown };
      this.#observed.set(id, observed);
    }
    return observed;
  }
}

/** Names of the checks that keep a service from being ready. */
function failingChecks({ status, text }: TextAnswer): string[] {
  if (status === 200) return [];
  const { checks } = JSON.parse(text) as ReadinessReport;
  return Object.entries(checks).flatMap(([name, { ok }]) => (ok ? [] : [name]));
}
