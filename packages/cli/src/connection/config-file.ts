import { readFileSync } from 'node:fs';
import { usageError } from '../errors.ts';

/** What a config file says of one stack. */
export interface StackEntry {
  /** The file it stands in, for paths beside it. */
  readonly path: string;
  readonly url?: string;
  /** Relative to the config file. The token itself is never in there: config files are shown around. */
  readonly tokenFile?: string;
  /** Relative to the config file, too. */
  readonly caFile?: string;
  readonly proxyUrl?: string;
  readonly playerUrl?: string;
  readonly cacheUrl?: string;
}

interface ConfigFileQuery {
  readonly path: string;
  /** Whether its absence is an error. */
  readonly isRequired: boolean;
  /** Which stack; default: the one that the file calls `default`. */
  readonly stack: string | undefined;
}

const entryKeys = ['url', 'tokenFile', 'caFile', 'proxyUrl', 'playerUrl', 'cacheUrl'];

/**
 * Reads `{ "default": "local", "stacks": { "local": { "url": … } } }`.
 *
 * @throws CliError naming the file and what is wrong with it
 */
export function readConfigFile({ path, isRequired, stack }: ConfigFileQuery): StackEntry {
  const text = readIfThere(path, isRequired || stack !== undefined);
  if (text === undefined) return { path };
  const document = asObject(parse(path, text), path, 'the file', ['default', 'stacks']);
  const stacks = asObject(document['stacks'] ?? {}, path, 'stacks');
  const chosen = stack ?? document['default'];
  if (chosen === undefined) return { path };
  if (typeof chosen !== 'string') throw usageError(`${path}: default must be the name of a stack`);
  if (!Object.hasOwn(stacks, chosen)) {
    const known = Object.keys(stacks).join(', ') || 'none';
    throw usageError(`${path} has no stack "${chosen}"; it has: ${known}`);
  }
  const entry = asObject(stacks[chosen], path, `stacks.${chosen}`, entryKeys);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string') throw usageError(`${path}: stacks.${chosen}.${key} must be text`);
  }
  return { path, ...entry };
}

function readIfThere(path: string, isRequired: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isRequired) return undefined;
    throw usageError(`cannot read the config file ${path}: ${code}`);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(`${path} is not JSON`);
  }
}

function asObject(
  value: unknown,
  path: string,
  what: string,
  keys?: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError(`${path}: ${what} must be an object`);
  const unknown = keys === undefined ? undefined : Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw usageError(`${path}: ${what} does not know "${unknown}"; it knows ${keys?.join(', ')}`);
  return value as Readonly<Record<string, unknown>>;
}
