import { spawn, type ChildProcess } from 'node:child_process';
import type { Rng } from '@hanok/service-kit/random';
import type { Clock, Timer } from '@hanok/service-kit/time';
import { LastWords } from './last-words.ts';
import { LineSplitter } from './line-splitter.ts';
import { waitUntilReady, type Probe } from './readiness.ts';
import { restartDelayMs, type RestartPolicy } from './restart-policy.ts';
import type { ServiceSpec } from './topology.ts';

/** How a child ended by itself, or by someone else's hand. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The line it wrote at last that says most, to standard error if it wrote there. */
  readonly lastWords: string;
  /** Ends in a row, this one included, without being ready in between. */
  readonly failedStarts: number;
}

/** What a child tells its supervisor. */
export interface ChildListener {
  onLine(line: string, stream: 'stdout' | 'stderr'): void;
  /** Every time it becomes ready; `life` is 1 the first time. */
  onReady(tookMs: number, life: number): void;
  /** It ended unasked; it will be started again after `delayMs`, as restart number `restarts`. */
  onRestart(exit: ChildExit, delayMs: number, restarts: number): void;
  /** It ended unasked; asked whether it should stay down. */
  shouldGiveUp(exit: ChildExit): boolean;
}

export interface ChildDeps {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly probe: Probe;
  readonly policy: RestartPolicy;
  /** Environment inherited by the child, under the service's own settings. */
  readonly env: NodeJS.ProcessEnv;
  /** Working folder of the child. */
  readonly cwd: string;
}

/**
 * Node's young generation grows to 16 MB in each of its halves while a process starts, and stays there. A developer's
 * machine has a better use for 400 MB, and none for the few percent it is worth under load. The collector is exposed for
 * the services to use once they have started; V8 need not look for more to give back while they are idle, which takes
 * an idle stack a fifth of its processor time.
 */
const SMALL_PROCESS = ['--max-semi-space-size=1', '--expose-gc', '--no-memory-reducer'] as const;

/**
 * The same for glibc, where it is the C library: one heap for all threads, given back when its end is free. Otherwise each
 * of a process's threads keeps a heap of its own, about 13 MB together. The environment has the last word.
 */
const SMALL_HEAPS = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' } as const;

/** One life of the child, from spawn to exit. */
interface Life {
  readonly process: ChildProcess;
  readonly startedAtMs: number;
  readonly ended: Promise<void>;
  readonly abort: AbortController;
  readonly lastWords: LastWords;
  readyAtMs: number | undefined;
}

/**
 * Keeps one service running: starts it, watches it become ready, and starts it again with
 * exponential back-off whenever it ends unasked.
 *
 * The child leads its own process group, so that Ctrl-C in the terminal reaches only the
 * supervisor, which then stops the services in the right order. It is tied to the
 * supervisor by an IPC channel: services end when that channel closes, so none outlives a
 * supervisor that was killed.
 */
export class SupervisedProcess {
  readonly spec: ServiceSpec;
  readonly #deps: ChildDeps;
  readonly #listener: ChildListener;
  #life: Life | undefined;
  #restartTimer: Timer | undefined;
  #stopping = false;
  #lives = 0;
  #restarts = 0;
  #failures = 0;
  #failedStarts = 0;

  constructor(spec: ServiceSpec, deps: ChildDeps, listener: ChildListener) {
    this.spec = spec;
    this.#deps = deps;
    this.#listener = listener;
  }

  /** The running process's id, or `undefined` between lives. */
  get pid(): number | undefined {
    return this.#life?.process.pid;
  }

  get isReady(): boolean {
    return this.#life?.readyAtMs !== undefined;
  }

  start(): void {
    const { clock, cwd, env } = this.#deps;
    const child = spawn(process.execPath, [...SMALL_PROCESS, this.spec.script], {
      cwd,
      env: { ...SMALL_HEAPS, ...env, ...this.spec.env, HANOK_SUPERVISED: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
    });
    const ended = Promise.withResolvers<void>();
    const life: Life = {
      process: child,
      startedAtMs: clock.monotonicMs(),
      ended: ended.promise,
      abort: new AbortController(),
      lastWords: new LastWords(),
      readyAtMs: undefined,
    };
    this.#life = life;
    this.#lives += 1;
    this.#relay(life, 'stdout');
    this.#relay(life, 'stderr');
    // A spawn that fails emits only `error`; an orderly end emits `close` after all output.
    let over = false;
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      if (over) return;
      over = true;
      this.#onEnd(life, code, signal);
      ended.resolve();
    };
    child.once('close', end);
    child.once('error', (error) => {
      life.lastWords.add(error.message, 'stderr');
      if (child.pid === undefined) end(null, null);
    });
    void this.#watchReadiness(life);
  }

  /** Ends the child, at once or (watch mode) after its grace, and starts it again without counting it as a failure. */
  async restart(): Promise<void> {
    if (this.#stopping) return;
    await this.#end(this.spec.stopGraceMs);
    if (this.#life === undefined && !this.#stopping) this.start();
  }

  /** Ends the child for good: SIGTERM, then SIGKILL when its grace is over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#end(this.spec.stopGraceMs);
  }

  /** Ends the child for good without grace. */
  async kill(): Promise<void> {
    this.#stopping = true;
    await this.#end(0);
  }

  async #end(graceMs: number): Promise<void> {
    this.#restartTimer?.cancel();
    this.#restartTimer = undefined;
    const life = this.#life;
    if (life === undefined) return;
    life.abort.abort();
    if (graceMs > 0) life.process.kill('SIGTERM');
    const killTimer = this.#deps.clock.setTimer(graceMs, () => life.process.kill('SIGKILL'));
    await life.ended;
    killTimer.cancel();
  }

  #relay(life: Life, stream: 'stdout' | 'stderr'): void {
    const splitter = new LineSplitter((line) => {
      if (line.trim() === '') return;
      life.lastWords.add(line, stream);
      this.#listener.onLine(line, stream);
    });
    life.process[stream]?.on('data', (bytes: Buffer) => splitter.push(bytes)).on('end', () => splitter.end());
  }

  async #watchReadiness(life: Life): Promise<void> {
    const { clock, probe } = this.#deps;
    try {
      await waitUntilReady(this.spec.readyUrl, { clock, probe, signal: life.abort.signal });
    } catch {
      return; // the child ended or is being ended; that is told elsewhere
    }
    life.readyAtMs = clock.monotonicMs();
    this.#failedStarts = 0;
    this.#listener.onReady(life.readyAtMs - life.startedAtMs, this.#lives);
  }

  #onEnd(life: Life, code: number | null, signal: NodeJS.Signals | null): void {
    const expected = life.abort.signal.aborted;
    life.abort.abort();
    this.#life = undefined;
    if (expected) return;
    const { clock, policy, rng } = this.#deps;
    const wasHealthy =
      life.readyAtMs !== undefined && clock.monotonicMs() - life.readyAtMs >= policy.healthyAfterMs;
    this.#failures = wasHealthy ? 1 : this.#failures + 1;
    // A kill from outside says nothing about the settings, so only ends by itself count.
    if (life.readyAtMs === undefined && signal === null) this.#failedStarts += 1;
    const exit: ChildExit = {
      code,
      signal,
      lastWords: life.lastWords.text,
      failedStarts: this.#failedStarts,
    };
    if (this.#listener.shouldGiveUp(exit)) return;
    const delayMs = restartDelayMs(this.#failures, policy, rng);
    this.#restarts += 1;
    this.#restartTimer = clock.setTimer(delayMs, () => this.start());
    this.#listener.onRestart(exit, delayMs, this.#restarts);
  }
}
