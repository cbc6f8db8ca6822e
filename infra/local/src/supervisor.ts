import type { ConsoleOutput } from './console-output.ts';
import { readableLine } from './log-line.ts';
import { waitUntilReady } from './readiness.ts';
import { SupervisedProcess, type ChildDeps, type ChildExit } from './supervised-process.ts';
import type { ServiceSpec, Topology } from './topology.ts';

/** The stack could not be started; the message is one sentence for the user. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface SupervisorOptions extends ChildDeps {
  readonly output: ConsoleOutput;
  /** How long the whole stack may take to become ready, milliseconds. */
  readonly startDeadlineMs: number;
}

const REMIND_EVERY_MS = 5_000;

/** EX_CONFIG of sysexits.h: a service's word that its configuration is wrong and a restart cannot help. */
export const EXIT_CODE_CONFIG = 78;

/** Runs every service of a topology as one thing: up together, kept up, down in order. */
export class Supervisor {
  readonly #topology: Topology;
  readonly #options: SupervisorOptions;
  readonly #children: readonly SupervisedProcess[];
  readonly #starting = new AbortController();
  #isReady = false;

  constructor(topology: Topology, options: SupervisorOptions) {
    this.#topology = topology;
    this.#options = options;
    this.#children = topology.services.map((spec) => this.#supervise(spec));
  }

  /**
   * Starts all services and waits until each is ready and the game port works end to end.
   *
   * @throws StartError when a service keeps failing or the deadline passes; the signal's
   * reason when `signal` aborts. The caller stops the stack in every case.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (const child of this.#children) child.start();
    const remind = () => {
      this.#options.output.say(`still waiting for ${this.#pending()}`);
      reminder = clock.setTimer(REMIND_EVERY_MS, remind);
    };
    let reminder = clock.setTimer(REMIND_EVERY_MS, remind);
    const deadline = clock.setTimer(this.#options.startDeadlineMs, () => {
      const after = seconds(this.#options.startDeadlineMs);
      this.#starting.abort(new StartError(`Not ready after ${after}: ${this.#pending()}.`));
    });
    const aborted = AbortSignal.any([signal, this.#starting.signal]);
    try {
      for (const spec of this.#topology.services) await this.#until(spec.readyUrl, aborted);
      await this.#until(this.#topology.gameReadyUrl, aborted);
      this.#isReady = true;
    } finally {
      reminder.cancel();
      deadline.cancel();
    }
  }

  /** The process id of each service, by name; `undefined` while it is between two lives. */
  pids(): ReadonlyMap<string, number | undefined> {
    return new Map(this.#children.map((child) => [child.spec.name, child.pid]));
  }

  /** Stops the services wave by wave, each within its grace; afterwards no process is left. */
  async stop(): Promise<void> {
    const waves = new Set(this.#topology.services.map((spec) => spec.stopWave));
    for (const wave of [...waves].toSorted((left, right) => left - right)) {
      await Promise.all(
        this.#children.filter((child) => child.spec.stopWave === wave).map((child) => child.stop()),
      );
    }
  }

  /** Ends every process without grace. */
  async kill(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
  }

  /** Restarts the services that run the sources of `apps`; all services when it is `'all'`. */
  async restart(apps: ReadonlySet<string> | 'all'): Promise<void> {
    const affected = this.#children.filter((child) => apps === 'all' || apps.has(child.spec.app));
    this.#options.output.say(
      `sources changed, restarting ${affected.map((child) => child.spec.name).join(', ')}`,
    );
    await Promise.all(affected.map((child) => child.restart()));
  }

  #until(url: string, signal: AbortSignal): Promise<void> {
    const { clock, probe } = this.#options;
    return waitUntilReady(url, { clock, probe, signal });
  }

  #pending(): string {
    const names = this.#children.filter((child) => !child.isReady).map((child) => child.spec.name);
    return names.length === 0 ? `the game port (${this.#topology.gameReadyUrl})` : names.join(', ');
  }

  #supervise(spec: ServiceSpec): SupervisedProcess {
    const { output, policy } = this.#options;
    const child: SupervisedProcess = new SupervisedProcess(spec, this.#options, {
      onLine: (line, stream) => output.relay(spec.name, line, stream),
      onReady: (tookMs, life) => {
        if (life > 1) output.say(`${spec.name} is ready again after ${seconds(tookMs)} (pid ${child.pid})`);
      },
      onRestart: (exit, delayMs, restarts) => {
        output.warn(
          `${spec.name} ${howItEnded(exit)}; starting it again in ${seconds(delayMs)} (restart ${restarts})`,
        );
      },
      // Settings do not change while the stack runs, so a service that was up once is
      // always tried again; before that, its own sentence is what the user needs to see.
      shouldGiveUp: (exit) => {
        if (this.#isReady) return false;
        if (exit.code !== EXIT_CODE_CONFIG && exit.failedStarts < policy.maxFailedStarts) return false;
        this.#starting.abort(new StartError(`${spec.name} ${howItEnded(exit)}: ${sentence(exit.lastWords)}`));
        return true;
      },
    });
    return child;
  }
}

function howItEnded(exit: ChildExit): string {
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  return exit.code === null ? 'could not be started' : `ended with code ${exit.code}`;
}

function sentence(lastWords: string): string {
  return lastWords === '' ? 'it said nothing.' : readableLine(lastWords, 'stderr').text;
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1_000).toFixed(1)} s`;
}
