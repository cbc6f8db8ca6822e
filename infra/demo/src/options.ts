import { parseArgs } from 'node:util';

/** What the command line of `npm run demo` decides. */
export interface DemoOptions {
  /** How many players play. Default 1,000; 10 to 1,000,000. */
  readonly players: number;
  /** Where the stack's game port is. Default http://127.0.0.1:8080. */
  readonly url: string;
  /** Calls in flight at once. Default 32; 1 to 1,024. */
  readonly concurrency: number;
  /** Decides everything the game does. Default 1. */
  readonly seed: string;
}

/** A command line that cannot be obeyed; the message is one sentence for the user. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

/** The text `npm run demo -- --help` prints. */
export const HELP = `Plays a small game against a running stack and checks that nothing was lost:
every gold coin accounted for, the leaderboard in order, the chat in order.

Usage: npm run demo -- [options]        (start the stack first: npm start)

  --players N      how many players play, 10 to 1000000 (default 1000)
  --url URL        the stack's game port (default http://127.0.0.1:8080)
  --concurrency N  calls in flight at once, 1 to 1024 (default 32)
  --seed TEXT      decides everything the game does (default 1)
  --help           this text

The server credential is taken from ADMIN_TOKEN in the environment, when the stack has one.
Exit code 0 when every check holds, 1 otherwise.
`;

/**
 * Reads the arguments after the program's name.
 *
 * @returns the options, or `'help'` when the user asked for the help text.
 * @throws OptionsError naming the option and its rule.
 */
export function parseOptions(args: readonly string[]): DemoOptions | 'help' {
  const values = readArguments(args);
  if (values.help === true) return 'help';
  return {
    players: integer('--players', values.players, { min: 10, max: 1_000_000, default: 1_000 }),
    url: baseUrl(values.url ?? 'http://127.0.0.1:8080'),
    concurrency: integer('--concurrency', values.concurrency, { min: 1, max: 1_024, default: 32 }),
    seed: values.seed ?? '1',
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        players: { type: 'string' },
        url: { type: 'string' },
        concurrency: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const reason =
      error instanceof Error ? (error.message.split(/[.\n]/u, 1)[0] ?? '').trim() : String(error);
    throw new OptionsError(`${reason}. See npm run demo -- --help.`, { cause: error });
  }
}

function baseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new OptionsError(`--url must be an http or https URL, not "${text}".`);
  }
  return url.href.replace(/\/+$/u, '');
}

function integer(
  option: string,
  text: string | undefined,
  range: { readonly min: number; readonly max: number; readonly default: number },
): number {
  if (text === undefined) return range.default;
  const value = /^\d{1,9}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(value >= range.min && value <= range.max)) {
    throw new OptionsError(
      `${option} must be a whole number from ${range.min} to ${range.max}, not "${text}".`,
    );
  }
  return value;
}
