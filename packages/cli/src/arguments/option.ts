import { usageError } from '../errors.ts';

/** An option of a command: how its value is written, and what it is for. */
export interface OptionSpec {
  /** A `duration` is written `500ms`, `30s`, `5m` or `2h` and read as milliseconds. */
  readonly kind: 'flag' | 'text' | 'integer' | 'duration';
  /** One phrase for the help. */
  readonly summary: string;
  /** Stands for the value in the help, such as `FILE`. Default: by kind. */
  readonly placeholder?: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** Bounds of a number, inclusive; of a duration in milliseconds. */
  readonly min?: number;
  readonly max?: number;
  readonly required?: boolean;
}

/** Options by their long names, such as `min-level`. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Read<S extends OptionSpec> = S['kind'] extends 'flag'
  ? boolean
  : S['kind'] extends 'text'
    ? string
    : number;

/** What the options of a command line were read as; absent ones are undefined, absent flags false. */
export type OptionValues<O extends OptionSpecs> = {
  readonly [Name in keyof O]: O[Name]['kind'] extends 'flag'
    ? boolean
    : O[Name]['required'] extends true
      ? Read<O[Name]>
      : Read<O[Name]> | undefined;
};

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** @throws CliError naming the option and its rule */
export function readOption(name: string, spec: OptionSpec, text: string): string | number {
  switch (spec.kind) {
    case 'integer':
      return inBounds(name, spec, /^[+-]?\d{1,15}$/u.test(text) ? Number(text) : Number.NaN, text);
    case 'duration':
      return inBounds(name, spec, durationMs(text), text);
    default:
      if (spec.choices !== undefined && !spec.choices.includes(text))
        throw usageError(`--${name} must be one of ${spec.choices.join(', ')}, not "${text}"`);
      if (text === '') throw usageError(`--${name} must not be empty`);
      return text;
  }
}

/** How the value of an option is shown in the help; empty for a flag. */
export function placeholderOf(spec: OptionSpec): string {
  if (spec.kind === 'flag') return '';
  return spec.placeholder ?? { text: 'TEXT', integer: 'N', duration: 'TIME' }[spec.kind];
}

function durationMs(text: string): number {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h)$/u.exec(text) ?? [];
  return amount === undefined ? Number.NaN : Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN);
}

function inBounds(name: string, { kind, min, max }: OptionSpec, value: number, text: string): number {
  const low = min ?? 0;
  const high = max ?? Number.MAX_SAFE_INTEGER;
  if (value >= low && value <= high) return value;
  const what = kind === 'integer' ? 'a whole number' : 'a time such as 500ms, 30s or 5m';
  const bounds = max === undefined ? ` of at least ${low}` : ` from ${low} to ${high}`;
  const range = kind === 'duration' && min === undefined && max === undefined ? '' : bounds;
  throw usageError(
    `--${name} must be ${what}${range}${kind === 'duration' && range !== '' ? ' ms' : ''}, not "${text}"`,
  );
}
