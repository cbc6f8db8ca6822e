import { systemClock } from '@hanok/service-kit/time';
import { commands } from '../../src/commands/table-of-commands.ts';
import type { Environment } from '../../src/connection/settings.ts';
import type { ExitCode } from '../../src/errors.ts';
import { withoutColour } from '../../src/output/paint.ts';
import { run } from '../../src/run.ts';

/** How a command line ended, and what it printed. */
export interface Outcome {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
  /** What it asked. */
  readonly asked: readonly string[];
}

export interface RunOptions {
  readonly env?: Environment;
  /** What a person answers; default: nobody is there. */
  readonly answer?: string;
  readonly signal?: AbortSignal;
}

/** Runs a command line in this process, without a terminal. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const printed = { out: '', err: '' };
  const asked: string[] = [];
  const exitCode = await run(args, {
    commands,
    version: '0.0.0-test',
    // A config file of the person who runs the tests must not matter.
    env: { XDG_CONFIG_HOME: '/nonexistent', ...options.env },
    clock: systemClock,
    paint: withoutColour,
    signal: options.signal ?? new AbortController().signal,
    screen: {
      isTerminal: false,
      size: () => ({ columns: 80, rows: 24 }),
      write: (text) => void (printed.out += text),
      onKey: () => undefined,
    },
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(options.answer ?? null);
    },
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
  });
  return { exitCode, ...printed, asked };
}
