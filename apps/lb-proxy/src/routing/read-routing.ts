import { ConfigError } from '@hanok/service-kit';
import type { LbProxyConfig } from '../config.ts';
import type { RouteSettings } from './route-policy.ts';
import { parseServerNames } from './parse-server-names.ts';
import { parseTokenPlace } from './parse-token-place.ts';
import { poolNames } from './server-names.ts';

/**
 * Reads SERVER_NAMES and TOKEN.
 * @throws ConfigError when they make no sense, or a backend is in a pool that no server name leads to
 */
export function readRouting(
  config: Pick<LbProxyConfig, 'serverNames' | 'token' | 'firstBytesTimeoutMs' | 'backends'>,
): RouteSettings {
  const serverNames = parseServerNames(config.serverNames);
  const pools = poolNames(serverNames);
  const unreachable = config.backends.filter(
    (item) => item.includes('/') && !pools.some((pool) => item.startsWith(`${pool}/`)),
  );
  if (unreachable.length > 0) {
    throw new ConfigError(
      unreachable.map((item) => `BACKENDS: no name in SERVER_NAMES leads to the pool of ${item}`),
    );
  }
  return {
    serverNames,
    token: parseTokenPlace(config.token) ?? null,
    timeoutMs: config.firstBytesTimeoutMs,
  };
}
