import type { LbProxyConfig } from '../config.ts';
import { POOL_SETTINGS, type PoolConfigs } from '../pool/pool-config.ts';

/** One listener with its pools: a name, and settings like those of the environment. */
export interface ListenerConfig {
  readonly name: string;
  readonly config: LbProxyConfig;
  readonly pools: PoolConfigs;
  /** Takes backends from discovery. */
  readonly discovers: boolean;
}

/** Settings a listener may have of its own; the environment's value holds for those it leaves out. */
export const LISTENER_SETTINGS = [
  'listen',
  'relay',
  'workers',
  'listenBacklog',
  'relayBufferBytes',
  'keepAliveMs',
  ...POOL_SETTINGS,
  'backends',
  'discoverService',
  'discoveryEmptyHoldMs',
  'maxConnections',
  'maxConnectionsPerSource',
  'acceptRatePerSource',
  'proxyProtocolFrom',
  'proxyProtocolTo',
  'proxyHeaderTimeoutMs',
  'serverNames',
  'firstBytesTimeoutMs',
  'tlsCertificates',
  'tlsHandshakeTimeoutMs',
  'queueSize',
] as const;

export type ListenerSetting = (typeof LISTENER_SETTINGS)[number];

/** The one listener that the environment describes. */
export function listenerOfEnvironment(config: LbProxyConfig): ListenerConfig {
  return { name: 'main', config, pools: new Map(), discovers: true };
}
