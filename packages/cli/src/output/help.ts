import { globalOptions } from '../arguments/global-options.ts';
import { placeholderOf, type OptionSpecs } from '../arguments/option.ts';
import type { Command } from '../command.ts';
import { usageError } from '../errors.ts';

const exitCodeLines = `Exit codes: 0 done and well, 1 failed, 2 wrong command line or settings, 3 nothing answered,
4 refused by a service, 5 done but not well (unhealthy, books that do not balance, pending
migrations), 6 not confirmed, 130 and 143 ended by Ctrl-C or SIGTERM.`;

/**
 * The help of everything, of a command, or of the commands that begin with a word.
 *
 * @throws CliError when there is nothing of that name
 */
export function helpText(commands: readonly Command[], of: string | undefined): string {
  if (of === undefined) return overview(commands);
  const command = commands.find(({ name }) => name === of);
  const group = commands.filter(({ name }) => name.startsWith(`${of} `));
  if (command === undefined && group.length === 0)
    throw usageError(`there is no command "${of}"; hanok help lists them`);
  return [
    ...(command === undefined ? [] : [commandHelp(command)]),
    ...(group.length === 0 ? [] : [`Commands of ${of}:\n${listOf(group)}\n`]),
  ].join('\n');
}

function overview(commands: readonly Command[]): string {
  return `Sees a Hanok stack and operates it.

Usage: hanok COMMAND [options]        (hanok help COMMAND tells all about one)

${listOf(commands)}

Options of every command:
${optionLines(globalOptions)}

Without an address it looks for the local stack, at http://127.0.0.1:7001 to 7003; the other
services are found through the registry of the coordinators.

${exitCodeLines}
`;
}

function commandHelp(command: Command): string {
  const own =
    Object.keys(command.options).length === 0 ? '' : `\nOptions:\n${optionLines(command.options)}\n`;
  const examples = command.examples.map(([line, what]) => `  hanok ${line}\n      ${what}`).join('\n');
  const positional =
    command.arguments.length === 0
      ? ''
      : `\n${pairs(command.arguments.map(({ name, summary }) => [name, summary]))}\n`;
  const details = command.details === undefined ? '' : `\n${command.details}\n`;
  return `${sentence(command.summary)}
${details}
Usage: ${usageLine(command)}
${positional}${own}
Examples:
${examples}

Besides these, the options of every command: hanok help.
`;
}

/** `hanok drain ID [options]` */
export function usageLine({ name, arguments: args, options }: Command): string {
  const places = args.map((each) => (each.optional === true ? `[${each.name}]` : each.name));
  const required = Object.entries(options)
    .filter(([, spec]) => spec.required === true)
    .map(([option, spec]) => `--${option} ${placeholderOf(spec)}`);
  return ['hanok', name, ...places, ...required, '[options]'].join(' ');
}

function listOf(commands: readonly Command[]): string {
  return pairs(commands.map(({ name, summary }) => [name, summary]));
}

function optionLines(options: OptionSpecs): string {
  return pairs(
    Object.entries(options).map(([name, spec]) => {
      const choices = spec.choices === undefined ? '' : `: ${spec.choices.join(', ')}`;
      return [`--${name} ${placeholderOf(spec)}`.trimEnd(), `${spec.summary}${choices}`];
    }),
  );
}

function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

function sentence(phrase: string): string {
  return `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
}
