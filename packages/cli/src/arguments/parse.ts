import { parseArgs } from 'node:util';
import type { Command } from '../command.ts';
import { usageError } from '../errors.ts';
import { closest } from './closest.ts';
import { globalOptions, type GlobalOptions } from './global-options.ts';
import { readOption, type OptionSpecs, type OptionValues } from './option.ts';

/** What a command line asks for. */
export type Request =
  | ({ readonly kind: 'run'; readonly command: Command; readonly arguments: readonly string[] } & Options)
  | { readonly kind: 'help'; readonly of: string | undefined }
  | { readonly kind: 'version' };

interface Options {
  readonly options: OptionValues<OptionSpecs>;
  readonly global: OptionValues<GlobalOptions>;
}

type Raw = Record<string, string | boolean | undefined>;

/**
 * Reads a command line. Global options may stand anywhere.
 *
 * @throws CliError naming what is wrong with it, and the nearest thing that is right
 */
export function parseCommandLine(commands: readonly Command[], args: readonly string[]): Request {
  const words = positionalsOf(commands, args);
  const [first, second] = words;
  if (first === 'help') return { kind: 'help', of: words.slice(1).join(' ') || undefined };
  const command =
    commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
  if (command === undefined) return withoutCommand(commands, args, words);

  const { values, positionals } = parseStrictly(args, { ...globalOptions, ...command.options }, command.name);
  if (values['help'] === true) return { kind: 'help', of: command.name };
  if (values['version'] === true) return { kind: 'version' };
  const given = positionals.slice(command.name.split(' ').length);
  checkArguments(command, given);
  return {
    kind: 'run',
    command,
    arguments: given,
    options: readOptions(command.options, values),
    global: readOptions(globalOptions, values) as OptionValues<GlobalOptions>,
  };
}

/** The words that are neither options nor their values, whatever the command turns out to be. */
function positionalsOf(commands: readonly Command[], args: readonly string[]): string[] {
  const every = Object.assign({}, globalOptions, ...commands.map(({ options }) => options)) as OptionSpecs;
  return parseArgs({ args: [...args], options: toParseOptions(every), strict: false, allowPositionals: true })
    .positionals;
}

function withoutCommand(
  commands: readonly Command[],
  args: readonly string[],
  words: readonly string[],
): Request {
  const [first] = words;
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (first !== undefined && group.length === 0) {
    const near = closest(
      first,
      commands.map(({ name }) => name.split(' ', 1)[0] ?? name),
    );
    const hint = near === undefined ? 'hanok help lists them' : `did you mean ${near}?`;
    throw usageError(`there is no command "${first}"; ${hint}`);
  }
  const { values } = parseStrictly(args, globalOptions, first);
  if (values['version'] === true) return { kind: 'version' };
  if (first === undefined || values['help'] === true) return { kind: 'help', of: first };
  const second = words[1] === undefined ? 'is not a command by itself' : `has no command "${words[1]}"`;
  throw usageError(`"${first}" ${second}; there are: ${group.map(({ name }) => name).join(', ')}`);
}

function parseStrictly(args: readonly string[], specs: OptionSpecs, command: string | undefined) {
  try {
    const parsed = parseArgs({
      args: [...args],
      options: toParseOptions(specs),
      strict: true,
      allowPositionals: true,
    });
    return { values: parsed.values, positionals: parsed.positionals };
  } catch (error) {
    throw usageError(parseFailure(error as Error & { code?: string }, args, specs, command));
  }
}

function parseFailure(
  error: Error & { code?: string },
  args: readonly string[],
  specs: OptionSpecs,
  command: string | undefined,
): string {
  const help = command === undefined ? 'hanok help' : `hanok help ${command}`;
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const unknown = /'(-[^']*)'/u.exec(error.message)?.[1] ?? args.find((arg) => arg.startsWith('-')) ?? '';
    const near = closest(unknown.replace(/^--?/u, ''), Object.keys(specs));
    const hint = near === undefined ? `see ${help}` : `did you mean --${near}?`;
    return `there is no option ${unknown}${command === undefined ? '' : ` of ${command}`}; ${hint}`;
  }
  const reason = error.message.split(/[.\n]/u, 1)[0] ?? error.message;
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1)}; see ${help}`;
}

function toParseOptions(specs: OptionSpecs) {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { kind }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), ...shortOf(name) },
    ]),
  );
}

function shortOf(name: string): { short?: string } {
  return name === 'help' ? { short: 'h' } : name === 'yes' ? { short: 'y' } : {};
}

function readOptions(specs: OptionSpecs, values: Raw): OptionValues<OptionSpecs> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const given = values[name];
      if (spec.kind === 'flag') return [name, given === true];
      if (typeof given === 'string') return [name, readOption(name, spec, given)];
      if (spec.required === true) throw usageError(`--${name} is required: ${spec.summary}`);
      return [name, undefined];
    }),
  ) as OptionValues<OptionSpecs>;
}

function checkArguments(command: Command, given: readonly string[]): void {
  const missing = command.arguments[given.length];
  if (missing !== undefined && missing.optional !== true)
    throw usageError(`${missing.name} is missing: ${missing.summary}; see hanok help ${command.name}`);
  const extra = given[command.arguments.length];
  if (extra !== undefined) throw usageError(`"${extra}" is too much; see hanok help ${command.name}`);
  const empty = given.indexOf('');
  if (empty !== -1) throw usageError(`${command.arguments[empty]?.name} must not be empty`);
}
