import { parseBackends, parseListen, parseNetworks } from './addresses.ts';
import type { LbProxyConfig } from './config.ts';
import type { PoolRules } from './data-plane/pool-rules.ts';
import type { WorkerSettings } from './data-plane/worker-pool.ts';
import type { PoolSettings } from './pool/backend-pool.ts';
import type { BackendSpec } from './pool/backend.ts';
import { parseCheckPlan, probeFor } from './pool/check-plan.ts';
import type { CheckRoutine } from './pool/health-checker.ts';
import { configOfPool, type PoolConfig, type PoolConfigs } from './pool/pool-config.ts';
import { readRouting } from './routing/read-routing.ts';
import { poolNames } from './routing/server-names.ts';
import type { TlsCertificate } from './tls/read-certificates.ts';

const headerVersions = { off: 0, v1: 1, v2: 2 } as const;

/**
 * What the relay workers of a listener go by.
 * @throws ConfigError when LISTEN, PROXY_PROTOCOL_FROM, SERVER_NAMES or TOKEN make no sense
 */
export function workerSettings(
  config: LbProxyConfig,
  pools: PoolConfigs,
  certificates: readonly TlsCertificate[],
): Omit<WorkerSettings, 'listen'> {
  const routing = readRouting(config, pools);
  const names = ['', ...poolNames(routing.serverNames)];
  const rules = new Map(names.map((name) => [name, rulesFor(configOfPool(config, pools, name))]));
  const timeouts = [...rules.values()].map((each) => each.timeouts);
  return {
    pools: rules,
    routing,
    relay: {
      bufferBytes: config.relayBufferBytes,
      keepAliveMs: config.keepAliveMs,
      connectTimeoutMs: config.connectTimeoutMs,
      // How often an engine looks for what is overdue depends on them.
      idleTimeoutMs: shortest(timeouts.map(({ idleTimeoutMs }) => idleTimeoutMs)),
      halfClosedTimeoutMs: shortest(timeouts.map(({ halfClosedTimeoutMs }) => halfClosedTimeoutMs)),
    },
    admission: {
      maxConnections: config.maxConnections,
      sourceLimits: {
        maxConnections: config.maxConnectionsPerSource,
        maxPerSecond: config.acceptRatePerSource,
      },
      queueSize: config.queueSize,
    },
    proxyProtocol: {
      from: parseNetworks(config.proxyProtocolFrom),
      to: headerVersions[config.proxyProtocolTo],
      headerTimeoutMs: config.proxyHeaderTimeoutMs,
    },
    tls:
      certificates.length === 0 ? null : { certificates, handshakeTimeoutMs: config.tlsHandshakeTimeoutMs },
  };
}

/** Where a listener listens. @throws ConfigError when the port is out of range */
export function listenSettings(config: LbProxyConfig, reusePort: boolean): WorkerSettings['listen'] {
  return { ...parseListen(config.listen), backlog: config.listenBacklog, reusePort, inherited: [] };
}

/** What a pool's backends go by. */
export function poolSettings(config: PoolConfig): PoolSettings {
  return {
    health: { rise: config.checkRise, fall: config.checkFall, ejectMs: config.ejectMs },
    panicPercent: config.panicPercent,
    maxEjectedPercent: config.maxEjectedPercent,
    slowStartMs: config.slowStartMs,
    maxConnectionsPerBackend: config.maxConnectionsPerBackend,
  };
}

/** How a pool's backends are checked. @throws ConfigError when the CHECK_ settings make no sense */
export function checkRoutine(config: PoolConfig): CheckRoutine {
  return {
    intervalMs: config.checkIntervalMs,
    fastIntervalMs: config.checkFastIntervalMs,
    timeoutMs: config.checkTimeoutMs,
    probe: probeFor(parseCheckPlan(config)),
  };
}

/** The backends that the configuration names. @throws ConfigError when BACKENDS make no sense */
export function staticBackends(config: LbProxyConfig, pools: PoolConfigs): BackendSpec[] {
  return parseBackends(config.backends).map((spec) => ({
    ...spec,
    maxConnections: configOfPool(config, pools, spec.pool ?? '').maxConnectionsPerBackend,
  }));
}

function rulesFor(config: PoolConfig): PoolRules {
  return {
    strategy: config.strategy,
    connectRetries: config.connectRetries,
    queueTimeoutMs: config.queueTimeoutMs,
    ejectAfterFailures: config.ejectAfterFailures,
    timeouts: {
      connectTimeoutMs: config.connectTimeoutMs,
      idleTimeoutMs: config.idleTimeoutMs,
      halfClosedTimeoutMs: config.halfClosedTimeoutMs,
    },
  };
}

/** The shortest of the timeouts that are not off; 0 when all are. */
function shortest(timeoutsMs: readonly number[]): number {
  const set = timeoutsMs.filter((timeoutMs) => timeoutMs > 0);
  return set.length === 0 ? 0 : Math.min(...set);
}
