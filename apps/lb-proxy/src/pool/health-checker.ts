import type { Clock, Rng, Timer } from '@hanok/service-kit';
import type { Backend } from './backend.ts';
import type { Probe, ProbeResult } from './tcp-check.ts';

/** How a backend is checked. */
export interface CheckRoutine {
  /** Pause between two checks of a healthy backend. */
  readonly intervalMs: number;
  /** The same while a backend is down, suspected or in transition. */
  readonly fastIntervalMs: number;
  readonly timeoutMs: number;
  readonly probe: Probe;
}

export interface CheckerOptions {
  readonly routineOf: (backend: Backend) => CheckRoutine;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly onResult: (backend: Backend, result: ProbeResult) => void;
}

/** Share by which each pause varies, so that balancers do not check in step. */
const JITTER = 0.1;

interface Watch {
  readonly routine: CheckRoutine;
  timer: Timer | undefined;
  checking: boolean;
  /** Asked for while one was under way: check again right after. */
  again: boolean;
}

/** Checks every backend at its own pace. Two checks of one backend never overlap; the first comes at once. */
export class HealthChecker {
  readonly #options: CheckerOptions;
  readonly #watches = new Map<Backend, Watch>();

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  watch(backend: Backend): void {
    const routine = this.#options.routineOf(backend);
    this.#watches.set(backend, { routine, timer: undefined, checking: false, again: false });
    this.checkNow(backend);
  }

  unwatch(backend: Backend): void {
    this.#watches.get(backend)?.timer?.cancel();
    this.#watches.delete(backend);
  }

  /** Checks without waiting for the interval. */
  checkNow(backend: Backend): void {
    const watch = this.#watches.get(backend);
    if (watch === undefined) return;
    if (watch.checking) {
      watch.again = true;
      return;
    }
    watch.timer?.cancel();
    void this.#check(backend, watch);
  }

  stop(): void {
    for (const backend of this.#watches.keys()) this.unwatch(backend);
  }

  async #check(backend: Backend, watch: Watch): Promise<void> {
    const { onResult, clock } = this.#options;
    const { probe, timeoutMs } = watch.routine;
    watch.checking = true;
    watch.again = false;
    const result = await probe(backend.spec.host, backend.spec.port, timeoutMs);
    watch.checking = false;
    if (this.#watches.get(backend) !== watch) return;
    onResult(backend, result);
    watch.timer = clock.setTimer(
      watch.again ? 0 : this.#pauseMs(backend, watch.routine),
      () => void this.#check(backend, watch),
    );
  }

  #pauseMs(backend: Backend, { intervalMs, fastIntervalMs }: CheckRoutine): number {
    const { clock, rng } = this.#options;
    const settled = backend.health.isSettled(clock.monotonicMs());
    const pauseMs = settled ? intervalMs : Math.min(intervalMs, fastIntervalMs);
    return pauseMs * (1 - JITTER + 2 * JITTER * rng.next());
  }
}
