import type { LbProxyConfig } from '../config.ts';

/** Settings that each pool of a listener may have of its own; the listener's hold for those it leaves out. */
export const POOL_SETTINGS = [
  'strategy',
  'token',
  'slowStartMs',
  'maxConnectionsPerBackend',
  'queueTimeoutMs',
  'connectRetries',
  'connectTimeoutMs',
  'idleTimeoutMs',
  'halfClosedTimeoutMs',
  'checkKind',
  'checkHttpPath',
  'checkHttpStatus',
  'checkSend',
  'checkExpect',
  'checkIntervalMs',
  'checkFastIntervalMs',
  'checkTimeoutMs',
  'checkRise',
  'checkFall',
  'ejectAfterFailures',
  'ejectMs',
  'maxEjectedPercent',
  'panicPercent',
] as const;

export type PoolSetting = (typeof POOL_SETTINGS)[number];

/** What one pool goes by. */
export type PoolConfig = Pick<LbProxyConfig, PoolSetting>;

/** The pools, besides the default one, that have settings of their own. All others go by the listener's. */
export type PoolConfigs = ReadonlyMap<string, PoolConfig>;

/** What the default pool, or one of this name, goes by. */
export function configOfPool(listener: PoolConfig, pools: PoolConfigs, name: string): PoolConfig {
  return pools.get(name) ?? listener;
}
