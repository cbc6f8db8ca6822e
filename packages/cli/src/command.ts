import type { Clock } from '@hanok/service-kit/time';
import type { OptionSpecs, OptionValues } from './arguments/option.ts';
import type { Stack } from './connection/stack.ts';
import type { ExitCode } from './errors.ts';
import type { Paint } from './output/paint.ts';

/** An argument that is given by its place. */
export interface ArgumentSpec {
  /** In capitals, such as `ID`. */
  readonly name: string;
  readonly summary: string;
  readonly optional?: boolean;
}

/** What a command printed is about; `--json` shows `value`, everybody else `text`. */
export interface Result {
  readonly value: unknown;
  readonly text: string;
  /** Default: ok. */
  readonly exitCode?: ExitCode;
}

/** Where a terminal is, for commands that draw on it. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Asked for anew for each frame: people resize windows. */
  size(): { readonly columns: number; readonly rows: number };
  write(text: string): void;
  /** Calls back for each key until the signal aborts. */
  onKey(listener: (key: string) => void, signal: AbortSignal): void;
}

/** What a command has to work with. */
export interface Invocation<O extends OptionSpecs = OptionSpecs> {
  /** By place; optional ones may be missing. */
  readonly arguments: readonly string[];
  readonly options: OptionValues<O>;
  readonly json: boolean;
  readonly stack: Stack;
  readonly screen: Screen;
  readonly paint: Paint;
  readonly clock: Clock;
  /** Aborts when the user or the system wants the command to end. */
  readonly signal: AbortSignal;
  /** Tells how far something has come, on standard error. */
  readonly note: (sentence: string) => void;
  /** Goes on only when the user agrees. @throws CliError otherwise, also when there is nobody to ask. */
  readonly confirm: (question: string) => Promise<void>;
}

/** A command as the table of commands holds it. */
export interface Command {
  /** One or two words, such as `campaign start`. */
  readonly name: string;
  /** One phrase for the list of commands. */
  readonly summary: string;
  /** What else there is to know. */
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: OptionSpecs;
  /** Without the leading `hanok`, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  run(invocation: Invocation): Promise<Result>;
}

interface CommandDefinition<O extends OptionSpecs> extends Omit<Command, 'arguments' | 'options' | 'run'> {
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: O;
  run(invocation: Invocation<O>): Promise<Result>;
}

/** Types what a command gets by what it declares. */
export function defineCommand<const O extends OptionSpecs = Record<string, never>>(
  definition: CommandDefinition<O>,
): Command {
  return {
    ...definition,
    arguments: definition.arguments ?? [],
    options: definition.options ?? {},
    run: (invocation) => definition.run(invocation as unknown as Invocation<O>),
  };
}
