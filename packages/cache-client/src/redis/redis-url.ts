import { CacheError } from '../errors.ts';
import type { RedisAddress } from './redis-store.ts';

/** One server of a URL, and its share of the keys relative to the others. */
export interface RedisShard {
  readonly address: RedisAddress;
  /** Default 1. */
  readonly weight: number;
}

const form = /^(rediss?):\/\/(?:([^@/]*)@)?([^@/?#]+)(?:\/(\d{1,5})?)?(?:\?([^#]*))?$/;
const hostForm = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?$/;

/**
 * Reads `redis://[user:password@]host[:port][,host[:port]…][/database][?weights=1,2,…]`; user, password and
 * database hold for all hosts.
 *
 * @throws CacheError `invalid` naming `CACHE_URL`, without repeating the URL: it may carry a password.
 */
export function parseRedisUrl(url: string): readonly RedisShard[] {
  const [, scheme, credentials = '', hosts, database = '0', query] = form.exec(url) ?? [];
  if (hosts === undefined) throw broken('must be redis://[user:password@]host[:port][,host…][/database]');
  const [username = '', ...password] = credentials.split(':');
  const names = hosts.split(',');
  if (new Set(names).size < names.length) throw broken('names a host twice');
  const weights = parseWeights(query, names.length);
  return names.map((name, index) => {
    const [, host, port = '6379'] = hostForm.exec(name) ?? [];
    if (host === undefined || Number(port) > 65_535) throw broken('has a host that is not name[:port]');
    return {
      address: {
        host: host.replaceAll(/[[\]]/g, ''),
        port: Number(port),
        database: Number(database),
        ...(username === '' ? {} : { username: decode(username) }),
        ...(password.length === 0 ? {} : { password: decode(password.join(':')) }),
        tls: scheme === 'rediss',
      },
      weight: weights[index] ?? 1,
    };
  });
}

function parseWeights(query: string | undefined, count: number): number[] {
  if (query === undefined || query === '') return [];
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
