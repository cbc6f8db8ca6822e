import { CacheError } from '../errors.ts';
import type { RedisAddress, RedisTarget } from './redis-target.ts';

/** One store of a URL, and its share of the keys relative to the others. */
export interface RedisShard {
  readonly target: RedisTarget;
  /** Default 1. */
  readonly weight: number;
}

const form =
  /^(rediss?|redis-cluster|redis-sentinel):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const hostForm = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?$/;

/**
 * Reads the URLs of Redis; user, password and database hold for all hosts:
 *
 * - `redis://[user:password@]host[:port][,host[:port]…][/database][?weights=1,2,…]`, `rediss://…` with TLS;
 * - `redis-cluster://[user:password@]host[:port][,host[:port]…]`;
 * - `redis-sentinel://[user:password@]sentinel[:port][,…]/primary[/database]`.
 *
 * @throws CacheError `invalid` naming `CACHE_URL`, without repeating the URL: it may carry a password.
 */
export function parseRedisUrl(url: string): readonly RedisShard[] {
  const [, scheme = '', credentials = '', hosts, path = '', query = ''] = form.exec(url) ?? [];
  if (hosts === undefined) throw broken('must be redis://[user:password@]host[:port][,host…][/database]');
  const names = hosts.split(',');
  if (new Set(names).size < names.length) throw broken('names a host twice');
  if (scheme.startsWith('redis-') && query !== '') throw broken(`takes no parameters with ${scheme}:`);
  const login = parseCredentials(credentials);

  if (scheme === 'redis-cluster') {
    if (path !== '') throw broken('names a database, but a cluster has only one');
    return [{ target: { nodes: names.map((name) => ({ ...parseHost(name, 6_379), ...login })) }, weight: 1 }];
  }
  if (scheme === 'redis-sentinel') {
    const [primaryName = '', database = '0', ...rest] = path.split('/');
    if (!/^[\w.-]+$/.test(primaryName) || rest.length > 0)
      throw broken('must end in /<name of the primary>[/database]');
    const sentinels = names.map((name) => parseHost(name, 26_379));
    return [{ target: { sentinels, primaryName, database: parseDatabase(database), ...login }, weight: 1 }];
  }
  const weights = parseWeights(query, names.length);
  const shared = { database: parseDatabase(path === '' ? '0' : path), ...login, tls: scheme === 'rediss' };
  return names.map((name, index) => ({
    target: { ...parseHost(name, 6_379), ...shared },
    weight: weights[index] ?? 1,
  }));
}

function parseHost(text: string, defaultPort: number): { host: string; port: number } {
  const [, host, port = String(defaultPort)] = hostForm.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw broken('has a host that is not name[:port]');
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) };
}

function parseDatabase(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw broken('has a database that is not a number');
  return Number(text);
}

function parseCredentials(text: string): Pick<RedisAddress, 'username' | 'password'> {
  const [username = '', ...password] = text.split(':');
  return {
    ...(username === '' ? {} : { username: decode(username) }),
    ...(password.length === 0 ? {} : { password: decode(password.join(':')) }),
  };
}

function parseWeights(query: string, count: number): number[] {
  if (query === '') return [];
  const [, list] = /^weights=([\d.,]+)$/.exec(query) ?? [];
  const weights = (list ?? '').split(',').map(Number);
  if (
    list === undefined ||
    weights.length !== count ||
    weights.some((weight) => !(weight > 0 && weight <= 1_000))
  ) {
    throw broken('takes one parameter, weights: a number above 0 and up to 1,000 for each host');
  }
  return weights;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw broken('has credentials that are not percent-encoded UTF-8');
  }
}

function broken(what: string): CacheError {
  return new CacheError('invalid', `CACHE_URL ${what}`, { field: 'CACHE_URL', rule: 'format' });
}
