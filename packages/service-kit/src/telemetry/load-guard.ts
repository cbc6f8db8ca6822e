import { Gauge, Counter, type Registry } from 'prom-client';
import type { Clock, Timer } from '../time.ts';

/** Time between two looks at the event loop while there are requests, or it is late. */
const closeIntervalMs = 100;
/** The same while nobody asks for anything: an idle process need not wake ten times a second, nor once. */
const calmIntervalMs = 10_000;
/** Looks in a row that must agree: a pause of the process, or one long turn, makes a single late one. */
const looksInARow = 3;
/** Below this share of the limit the loop counts as recovered, so that the guard does not flutter at the limit. */
const recoveredShare = 0.5;

/**
 * Watches how late the event loop is, and says when it is overloaded: later than the limit three times in a row, until
 * it is below half of it three times in a row. Then each turn serves requests whose callers have waited, perhaps in
 * vain, and answering some of them 503 at once helps all (Dean and Barroso, "The Tail at Scale", 2013).
 */
export class LoadGuard {
  readonly #clock: Clock;
  readonly #shed: Counter;
  #timer: Timer | undefined;
  #limitMs = Number.POSITIVE_INFINITY;
  #delayMs = 0;
  #inARow = 0;
  #isOverloaded = false;
  #isCalm = false;
  #hadRequest = true;
  #sheds = 0;

  constructor(clock: Clock, registry: Registry) {
    this.#clock = clock;
    const registers = [registry];
    const gauge = (name: string, help: string, value: () => number) => {
      const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(value()) });
    };
    gauge(
      'hanok_event_loop_delay_seconds',
      'How late the event loop was at the last look',
      () => this.#delayMs / 1_000,
    );
    gauge('hanok_overloaded', '1 while requests are answered 503 because the event loop is late', () =>
      Number(this.#isOverloaded),
    );
    this.#shed = new Counter({
      name: 'hanok_shed_requests_total',
      help: 'Requests answered 503 because the event loop was late',
      registers,
      collect: () => {
        this.#shed.reset();
        this.#shed.inc(this.#sheds);
      },
    });
  }

  /** Whether a request should be turned away. False until `start`. */
  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  /** Begins to watch. @param limitMs how late the loop may be; 0: never overloaded, only measured */
  start(limitMs: number): void {
    this.#limitMs = limitMs === 0 ? Number.POSITIVE_INFINITY : limitMs;
    if (this.#timer === undefined) this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isOverloaded = false;
  }

  /** A request came: from now on it looks closely, until none come any more. */
  noteRequest(): void {
    this.#hadRequest = true;
    if (!this.#isCalm || this.#timer === undefined) return;
    this.#timer.cancel();
    this.#schedule();
  }

  /** Counts a request that was turned away. */
  countShed(): void {
    this.#sheds += 1;
  }

  #schedule(): void {
    const isWell = !this.#isOverloaded && this.#inARow === 0;
    this.#isCalm = isWell && !this.#hadRequest;
    this.#hadRequest = false;
    const intervalMs = this.#isCalm ? calmIntervalMs : closeIntervalMs;
    const dueMs = this.#clock.monotonicMs() + intervalMs;
    this.#timer = this.#clock.setTimer(intervalMs, () => {
      this.#look(Math.max(0, this.#clock.monotonicMs() - dueMs));
      this.#schedule();
    });
  }

  #look(delayMs: number): void {
    this.#delayMs = delayMs;
    const disagrees = this.#isOverloaded ? delayMs < this.#limitMs * recoveredShare : delayMs > this.#limitMs;
    this.#inARow = disagrees ? this.#inARow + 1 : 0;
    if (this.#inARow < looksInARow) return;
    this.#isOverloaded = !this.#isOverloaded;
    this.#inARow = 0;
  }
}
