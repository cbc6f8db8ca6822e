import type { Clock } from '@hanok/service-kit/time';
import { parseCommandLine, type Request } from './arguments/parse.ts';
import type { Command, Screen } from './command.ts';
import { readSettings, type Environment } from './connection/settings.ts';
import { Stack } from './connection/stack.ts';
import { trustAuthorities } from './connection/trust.ts';
import { CliError, exitCodes, type ExitCode } from './errors.ts';
import { toFailure } from './output/failure.ts';
import { helpText } from './output/help.ts';
import type { Paint } from './output/paint.ts';

/** The world around the command; `main.ts` gives the real one. */
export interface Surroundings {
  readonly commands: readonly Command[];
  readonly version: string;
  readonly env: Environment;
  readonly clock: Clock;
  readonly screen: Screen;
  readonly paint: Paint;
  /** Aborts with the exit code as its reason when the command shall end. */
  readonly signal: AbortSignal;
  /** One answer of a person, or null where nobody can be asked. */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string | null>;
  out(text: string): void;
  err(text: string): void;
}

type RunRequest = Extract<Request, { readonly kind: 'run' }>;

/** Runs a command line to its end. Never rejects: what goes wrong is told in one sentence. */
export async function run(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  const json = args.includes('--json');
  try {
    const request = parseCommandLine(around.commands, args);
    if (request.kind === 'version') around.out(`hanok ${around.version}\n`);
    else if (request.kind === 'help') around.out(helpText(around.commands, request.of));
    else return await runCommand(request, around);
    return exitCodes.ok;
  } catch (error) {
    if (around.signal.aborted) return around.signal.reason as ExitCode;
    const { exitCode, code, sentence } = toFailure(error);
    around.err(
      json ? `${JSON.stringify({ error: { code, message: sentence, exitCode } })}\n` : `hanok: ${sentence}\n`,
    );
    return exitCode;
  }
}

async function runCommand(request: RunRequest, around: Surroundings): Promise<ExitCode> {
  const { command, global } = request;
  const { screen, paint, clock, signal } = around;
  const settings = readSettings(global, around.env);
  if (settings.caFile !== undefined) trustAuthorities(settings.caFile);
  await using stack = new Stack(settings, signal);
  const { value, text, exitCode } = await command.run({
    arguments: request.arguments,
    options: request.options,
    json: global.json,
    stack,
    screen,
    paint,
    clock,
    signal,
    note: (sentence) => around.err(`${sentence}\n`),
    confirm: async (question) => {
      if (!global.yes) await confirm(question, around);
    },
  });
  if (global.json && value !== undefined) around.out(`${JSON.stringify(value, undefined, 2)}\n`);
  else if (text !== '') around.out(`${text}\n`);
  return exitCode ?? exitCodes.ok;
}

/** @throws CliError unless a person says yes */
async function confirm(question: string, { ask, signal }: Surroundings): Promise<void> {
  const answer = await ask(`${question} [y/N] `, signal);
  if (answer === null) {
    const sentence = `${question} Nobody can be asked here: repeat the command with --yes`;
    throw new CliError(exitCodes.unconfirmed, 'unconfirmed', sentence);
  }
  if (!/^y(es)?$/iu.test(answer.trim()))
    throw new CliError(exitCodes.unconfirmed, 'unconfirmed', 'not confirmed; nothing was changed');
}
