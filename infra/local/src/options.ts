import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the command line of `npm start` decides. */
export interface LocalOptions {
  /** How many player-services run. Default 3, 1 to 16. */
  readonly playerServices: number;
  /** Added to every port of the stack, so that two stacks fit on one machine. Default 0, 0 to 50,000. */
  readonly portOffset: number;
  /** Absolute path of the folder that keeps the database and the coordinators' state. Default `./data`. */
  readonly dataDir: string;
  /** Restart a service when its sources change. Default false. */
  readonly watch: boolean;
}

/** A command line that cannot be obeyed; the message is one sentence for the user. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

/** The text `npm start -- --help` prints. */
export const HELP = `Hanok on one machine: three coordinators, player-services, a cache-service and
an lb-proxy, each its own process, restarted when it dies. Ctrl-C stops all.

Usage: npm start -- [options]        (npm run dev is the same with --watch)

  --player-services N  how many player-services run, 1 to 16 (default 3)
  --port-offset N      added to every port, 0 to 50000 (default 0)
  --data-dir PATH      folder of the database and the coordinators' state (default ./data)
  --watch              restart a service when its sources change
  --help               this text

Ports: 8080 game traffic, 8081 lb-proxy admin, 8001-8016 player-services,
8020 cache-service, 7001-7003 coordinators (7101-7103 among themselves).

Settings of the services are taken from the environment and passed on:
  ADMIN_TOKEN       credential of servers and operators (default: none, loopback is trusted)
  LOG_LEVEL         trace, debug, info, warn, error, fatal or silent (default info)
  DATABASE_URL      sqlite:PATH or postgres://... (default: hanok.db in the data folder)
  CACHE_URL         redis://... (default: the stack's own cache-service, in memory)
  COORDINATION_URL  embedded: or etcd://... (default embedded:)
`;

const PLAYER_SERVICES = { min: 1, max: 16, default: 3 } as const;
const PORT_OFFSET = { min: 0, max: 50_000, default: 0 } as const;

/**
 * Reads the arguments after the program's name.
 *
 * @returns the options, or `'help'` when the user asked for the help text.
 * @throws OptionsError naming the option and its rule.
 */
export function parseOptions(args: readonly string[], workingDir: string): LocalOptions | 'help' {
  const values = readArguments(args);
  if (values.help === true) return 'help';
  const dataDir = values['data-dir'] ?? './data';
  if (dataDir.trim() === '') throw new OptionsError('--data-dir must name a folder.');
  return {
    playerServices: integer('--player-services', values['player-services'], PLAYER_SERVICES),
    portOffset: integer('--port-offset', values['port-offset'], PORT_OFFSET),
    dataDir: resolve(workingDir, dataDir),
    watch: values.watch ?? false,
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        'player-services': { type: 'string' },
        'port-offset': { type: 'string' },
        'data-dir': { type: 'string' },
        watch: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? firstSentence(error.message) : String(error);
    throw new OptionsError(`${reason}. See npm start -- --help.`, { cause: error });
  }
}

function firstSentence(message: string): string {
  return (message.split(/[.\n]/u, 1)[0] ?? message).trim();
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
