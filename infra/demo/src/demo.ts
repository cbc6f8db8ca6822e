import { createClient, HanokError } from '@hanok/client';
import type { Check } from './checks.ts';
import { Game } from './game.ts';
import { planGame } from './game-plan.ts';
import type { DemoOptions } from './options.ts';
import { play } from './play.ts';
import type { ProgressStream } from './progress.ts';
import { Recorder } from './recorder.ts';
import { NoStackError, probeStack } from './stack-probe.ts';

/** What a demo runs on; `main.ts` gives the real ones. */
export interface DemoDeps {
  /** Eight or so letters that no other run has. */
  readonly runName: string;
  readonly adminToken: string | undefined;
  readonly stdout: ProgressStream;
  readonly stderr: { write(text: string): unknown };
  readonly monotonicMs: () => number;
  readonly pause: (delayMs: number) => Promise<void>;
}

/** A service may die and come back meanwhile: calls are repeated for as long as that takes. */
const PATIENCE = {
  timeoutMs: 60_000,
  attemptTimeoutMs: 10_000,
  retry: { maxRetries: 20, baseDelayMs: 50, maxDelayMs: 2_000 },
} as const;

/**
 * Plays the game against a running stack, then says what was done and which invariants hold.
 *
 * @returns the exit code: 0 when every check holds, 1 otherwise.
 */
export async function runDemo(options: DemoOptions, deps: DemoDeps): Promise<number> {
  const { stdout, stderr, monotonicMs } = deps;
  const startedAtMs = monotonicMs();
  const recorder = new Recorder(monotonicMs);
  try {
    await probeStack(options.url, deps.adminToken);
    stdout.write(
      `${options.players} players at ${options.url}, seed ${options.seed}, run ${deps.runName}\n\n`,
    );
    const anyone = createClient({ baseUrl: options.url, ...PATIENCE });
    const game = new Game({
      plan: planGame(options.seed, options.players),
      runName: deps.runName,
      anyone,
      server: anyone.withToken(deps.adminToken),
      concurrency: options.concurrency,
      recorder,
      output: stdout,
      monotonicMs,
      pause: deps.pause,
    });
    const checks = await play(game);
    stdout.write(`\n${recorder.table()}\n\n${renderChecks(checks)}\n`);
    const seconds = (monotonicMs() - startedAtMs) / 1_000;
    const failed = checks.filter((check) => !check.holds).length;
    stdout.write(`\n${recorder.calls} calls in ${seconds.toFixed(1)} s, ${recorder.errors} failed; `);
    stdout.write(
      failed === 0 ? `all ${checks.length} checks hold.\n` : `${failed} of ${checks.length} checks failed.\n`,
    );
    return failed === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof NoStackError) {
      stderr.write(`${error.message}\n`);
      return 1;
    }
    if (error instanceof HanokError) {
      stdout.write(`\n${recorder.table()}\n`);
      stderr.write(`\nThe demo had to stop: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

function renderChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  return checks
    .map(({ name, holds, detail }) => `${holds ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${detail}`)
    .join('\n');
}
