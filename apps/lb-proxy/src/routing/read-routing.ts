import { ConfigError } from '@hanok/service-kit';
import type { LbProxyConfig } from '../config.ts';
import { configOfPool, type PoolConfigs } from '../pool/pool-config.ts';
import type { RouteSettings } from './route-policy.ts';
import { parseServerNames } from './parse-server-names.ts';
import { parseTokenPlace } from './parse-token-place.ts';
import { poolNames } from './server-names.ts';

/**
 * Reads SERVER_NAMES, and each pool's TOKEN.
 * @throws ConfigError when they make no sense, or a pool has backends or settings but no server name leads to it
 */
export function readRouting(config: LbProxyConfig, pools: PoolConfigs): RouteSettings {
  const serverNames = parseServerNames(config.serverNames);
  const names = poolNames(serverNames);
  const violations = [
    ...config.backends
      .filter((item) => item.includes('/') && !names.some((pool) => item.startsWith(`${pool}/`)))
      .map((item) => `BACKENDS: no name in SERVER_NAMES leads to the pool of ${item}`),
    ...[...pools.keys()]
      .filter((name) => !names.includes(name))
      .map((name) => `no name in SERVER_NAMES leads to pool ${name}`),
  ];
  if (violations.length > 0) throw new ConfigError(violations);
  const tokens = ['', ...names].flatMap((name) => {
    const place = parseTokenPlace(configOfPool(config, pools, name).token);
    return place === undefined ? [] : [[name, place] as const];
  });
  return {
    serverNames,
    tokens: new Map(tokens),
    timeoutMs: config.firstBytesTimeoutMs,
  };
}
