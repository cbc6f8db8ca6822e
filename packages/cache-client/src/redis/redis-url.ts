import { CacheError } from '../errors.ts';
import type { RedisAddress, RedisTarget } from './redis-target.ts';

/** One store of a URL, and its share of the keys relative to the others. */
export interface RedisShard {
  readonly target: RedisTarget;
  /** Default 1. */
  readonly weight: number;
}

/** What a URL names: one store, or several that share the keys. */
export interface RedisPlan {
  readonly shards: readonly RedisShard[];
  /** The list that `shards` takes the place of, while keys are moved. */
  readonly previous?: readonly RedisShard[];
}

const form =
  /^(rediss?|redis-cluster|redis-sentinel):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const hostForm = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?$/;

/**
 * Reads the URLs of Redis; user, password and database hold for all hosts:
 *
 * - `redis://[user:password@]shard[,shard…][/database][?weights=1,2,…][&previous=shard,…[&previousWeights=…]]`,
 *   `rediss://…` with TLS, where a shard is `host[:port]`, with its replicas as `host[:port]|host[:port]…`;
 * - `redis-cluster://[user:password@]host[:port][,host[:port]…]`;
 * - `redis-sentinel://[user:password@]sentinel[:port][,…]/primary[,primary…][/database]`.
 *
 * @throws CacheError `invalid` naming `CACHE_URL`, without repeating the URL: it may carry a password.
 */
export function parseRedisUrl(url: string): RedisPlan {
  const [, scheme = '', credentials = '', hosts, path = '', query = ''] = form.exec(url) ?? [];
  if (hosts === undefined) throw broken('must be redis://[user:password@]host[:port][,host…][/database]');
  if (scheme.startsWith('redis-') && query !== '') throw broken(`takes no parameters with ${scheme}:`);
  const login = parseCredentials(credentials);

  if (scheme === 'redis-cluster') {
    if (path !== '') throw broken('names a database, but a cluster has only one');
    const nodes = namesIn(hosts).map((name) => ({ ...parseHost(name, 6_379), ...login }));
    return { shards: [{ target: { nodes }, weight: 1 }] };
  }
  if (scheme === 'redis-sentinel') return { shards: parseSentinels(hosts, path, login) };
  const shared = { database: parseDatabase(path === '' ? '0' : path), ...login, tls: scheme === 'rediss' };
  const { weights, previous, previousWeights } = parseQuery(query);
  const shards = parseShards(hosts, weights, shared);
  if (previous === undefined) {
    if (previousWeights !== undefined) throw broken('has previousWeights without previous');
    return { shards };
  }
  if (shared.tls) throw broken('takes no previous with TLS: keys are moved from server to server without it');
  return { shards, previous: parseShards(previous, previousWeights, shared) };
}

function namesIn(hosts: string): string[] {
  const names = hosts.split(',');
  if (new Set(names).size < names.length) throw broken('names a host twice');
  return names;
}

function parseShards(
  hosts: string,
  weights: string | undefined,
  shared: Omit<RedisAddress, 'host' | 'port' | 'standbys'>,
): RedisShard[] {
  const names = hosts.split(',');
  namesIn(hosts.replaceAll('|', ','));
  const parsedWeights = weights === undefined ? [] : parseWeights(weights, names.length);
  return names.map((name, index) => {
    const [primary = '', ...standbys] = name.split('|');
    const replicas =
      standbys.length === 0 ? {} : { standbys: standbys.map((each) => parseHost(each, 6_379)) };
    return {
      target: { ...parseHost(primary, 6_379), ...shared, ...replicas },
      weight: parsedWeights[index] ?? 1,
    };
  });
}

function parseSentinels(hosts: string, path: string, login: Pick<RedisAddress, 'username' | 'password'>) {
  const [primaries = '', database = '0', ...rest] = path.split('/');
  if (!/^[\w.-]+(,[\w.-]+)*$/.test(primaries) || rest.length > 0)
    throw broken('must end in /<name of the primary>[,…][/database]');
  const sentinels = namesIn(hosts).map((name) => parseHost(name, 26_379));
  return namesIn(primaries).map((primaryName) => ({
    target: { sentinels, primaryName, database: parseDatabase(database), ...login },
    weight: 1,
  }));
}

function parseQuery(query: string) {
  const known = /^(weights|previous|previousWeights)=(.+)$/;
  const parameters = new Map<string, string>();
  for (const part of query === '' ? [] : query.split('&')) {
    const [, name = '', value = ''] = known.exec(part) ?? [];
    if (name === '' || parameters.has(name))
      throw broken('takes the parameters weights, previous and previousWeights, each once');
    parameters.set(name, decode(value));
  }
  return {
    weights: parameters.get('weights'),
    previous: parameters.get('previous'),
    previousWeights: parameters.get('previousWeights'),
  };
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

function parseWeights(text: string, count: number): number[] {
  const weights = text.split(',').map(Number);
  if (weights.length !== count || weights.some((weight) => !(weight > 0 && weight <= 1_000)))
    throw broken('needs for each host a weight above 0 and up to 1,000');
  return weights;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw broken('has parts that are not percent-encoded UTF-8');
  }
}

function broken(what: string): CacheError {
  return new CacheError('invalid', `CACHE_URL ${what}`, { field: 'CACHE_URL', rule: 'format' });
}
