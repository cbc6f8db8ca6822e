import { styleText } from 'node:util';
import { readableLine, type LogLevel } from './log-line.ts';

type Style = Parameters<typeof styleText>[0];

/** Where lines go; `process.stdout` in practice. */
export interface OutputStream {
  write(text: string): unknown;
}

const PREFIX_STYLES: readonly Style[] = [
  'cyan',
  'magenta',
  'blue',
  'green',
  'yellow',
  'cyanBright',
  'magentaBright',
  'blueBright',
];

const LEVEL_STYLES: Readonly<Partial<Record<LogLevel, Style>>> = {
  trace: 'dim',
  debug: 'dim',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
};

/**
 * The stack's one voice: the supervisor's own sentences and every child's lines, each
 * behind the name of who says it, aligned, and coloured where the stream is a terminal
 * (`NO_COLOR` and `FORCE_COLOR` are obeyed).
 */
export class ConsoleOutput {
  readonly #stream: OutputStream & NodeJS.WritableStream;
  readonly #width: number;
  readonly #prefixes: ReadonlyMap<string, string>;

  constructor(stream: OutputStream & NodeJS.WritableStream, names: readonly string[]) {
    this.#stream = stream;
    this.#width = Math.max(0, ...names.map((name) => name.length));
    this.#prefixes = new Map(
      names.map((name, index) => [
        name,
        this.#style(PREFIX_STYLES[index % PREFIX_STYLES.length] ?? 'cyan', this.#pad(name)),
      ]),
    );
  }

  /** A sentence of the stack itself. */
  say(text: string): void {
    this.#line(this.#style('bold', this.#pad('hanok')), text);
  }

  /** A warning of the stack itself. */
  warn(text: string): void {
    this.#line(this.#style('bold', this.#pad('hanok')), this.#style('yellow', text));
  }

  /** A line of `name` in a list, such as its URL. */
  tell(name: string, text: string): void {
    this.#line(this.#prefix(name), text);
  }

  /** A line that the child `name` wrote. */
  relay(name: string, line: string, stream: 'stdout' | 'stderr'): void {
    const { level, text } = readableLine(line, stream);
    const style = LEVEL_STYLES[level];
    for (const part of text.split('\n')) {
      this.#line(this.#prefix(name), style === undefined ? part : this.#style(style, part));
    }
  }

  #line(prefix: string, text: string): void {
    this.#stream.write(`${prefix} │ ${text}\n`);
  }

  #prefix(name: string): string {
    return this.#prefixes.get(name) ?? this.#pad(name);
  }

  #pad(name: string): string {
    return name.padEnd(this.#width);
  }

  #style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }
}
