import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { GlobalOptions } from '../arguments/global-options.ts';
import type { OptionValues } from '../arguments/option.ts';
import { usageError } from '../errors.ts';
import { readConfigFile, type StackEntry } from './config-file.ts';

/** Where a stack is, and with which credential it is spoken to. */
export interface ConnectionSettings {
  /** At least one. */
  readonly coordinatorUrls: readonly string[];
  readonly token: string | undefined;
  /** A file with authorities to trust besides the well-known ones. */
  readonly caFile: string | undefined;
  /** Given instead of what the registry says. */
  readonly proxyUrl: string | undefined;
  readonly playerUrl: string | undefined;
  readonly cacheUrl: string | undefined;
  /** Longest a call may take, its retries included. */
  readonly timeoutMs: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const localCoordinators = 'http://127.0.0.1:7001,http://127.0.0.1:7002,http://127.0.0.1:7003';
const defaultTimeoutMs = 5_000;

/**
 * Settles where to go: an option wins over the environment, the environment over the config file, and without any of
 * them it is the local stack. Each `HANOK_…` may also be given as `HANOK_…_FILE`, the name of a file that holds it.
 *
 * @throws CliError naming the setting that is wrong
 */
export function readSettings(options: OptionValues<GlobalOptions>, env: Environment): ConnectionSettings {
  const file = options.config ?? env['HANOK_CONFIG'];
  const entry = readConfigFile({
    path: file === undefined || file === '' ? defaultConfigFile(env) : resolve(file),
    isRequired: file !== undefined && file !== '',
    stack: options.stack ?? variable('HANOK_STACK', env),
  });
  const urls = options.url ?? variable('HANOK_URL', env) ?? entry.url ?? localCoordinators;
  return {
    coordinatorUrls: urls
      .split(',')
      .map((url) => url.trim())
      .filter((url) => url !== '')
      .map((url) => checkUrl('the address of the coordinators (--url, HANOK_URL)', url)),
    token: tokenOf(options, env, entry),
    caFile: caFileOf(options['ca-file'] ?? env['HANOK_CA_FILE'], entry),
    proxyUrl: urlOf('proxy', options['proxy-url'], env, entry.proxyUrl),
    playerUrl: urlOf('player', options['player-url'], env, entry.playerUrl),
    cacheUrl: urlOf('cache', options['cache-url'], env, entry.cacheUrl),
    timeoutMs: options.timeout ?? defaultTimeoutMs,
  };
}

function defaultConfigFile(env: Environment): string {
  const folder = env['XDG_CONFIG_HOME'];
  return join(
    folder === undefined || folder === '' ? join(homedir(), '.config') : folder,
    'hanok',
    'config.json',
  );
}

function tokenOf(
  options: OptionValues<GlobalOptions>,
  env: Environment,
  entry: StackEntry,
): string | undefined {
  if (options.token !== undefined && options['token-file'] !== undefined)
    throw usageError('give either --token or --token-file, not both');
  const token =
    options.token ??
    (options['token-file'] === undefined
      ? undefined
      : readSecret('--token-file', resolve(options['token-file']))) ??
    variable('HANOK_TOKEN', env) ??
    (entry.tokenFile === undefined
      ? undefined
      : readSecret('tokenFile', resolve(dirname(entry.path), entry.tokenFile)));
  // What an HTTP header cannot carry is found out here, where it can be told.
  if (token !== undefined && !/^[\x21-\x7e]+$/u.test(token))
    throw usageError('the token must be printable characters without spaces');
  return token;
}

function caFileOf(given: string | undefined, { path, caFile }: StackEntry): string | undefined {
  if (given !== undefined && given !== '') return resolve(given);
  return caFile === undefined ? undefined : resolve(dirname(path), caFile);
}

function urlOf(
  name: string,
  option: string | undefined,
  env: Environment,
  entry: string | undefined,
): string | undefined {
  const variableName = `HANOK_${name.toUpperCase()}_URL`;
  const url = option ?? variable(variableName, env) ?? entry;
  return url === undefined ? undefined : checkUrl(`--${name}-url (${variableName})`, url);
}

/** A variable, or what the file of its `_FILE` form holds. An empty one counts as absent. */
function variable(name: string, env: Environment): string | undefined {
  const direct = env[name] === '' ? undefined : env[name];
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return direct;
  if (direct !== undefined) throw usageError(`set either ${name} or ${name}_FILE, not both`);
  return readSecret(`${name}_FILE`, file);
}

function readSecret(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd();
  } catch (error) {
    throw usageError(`cannot read ${path} (${setting}): ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The URL without a slash at its end. */
function checkUrl(setting: string, text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw usageError(`${setting} must be an http or https URL, not "${text}"`);
  if (url.username !== '' || url.password !== '')
    throw usageError(`${setting} must not hold credentials; use HANOK_TOKEN`);
  return url.href.replace(/\/+$/u, '');
}
