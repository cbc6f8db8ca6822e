import { announceService, watchServices, type Announcement, type ServiceWatch } from '@hanok/cluster';
import {
  createServer,
  systemClock,
  systemRng,
  type Clock,
  type HanokServer,
  type ListenAddress,
  type Logger,
  type Rng,
  type Service,
} from '@hanok/service-kit';
import { addBackendRoutes } from './api/backend-routes.ts';
import { addBalancerRoutes } from './api/balancer-routes.ts';
import { mapError } from './api/map-error.ts';
import { parseListen } from './addresses.ts';
import { Balancer } from './balancer.ts';
import type { LbProxyConfig } from './config.ts';
import { registerMetrics } from './observe/metrics.ts';
import { logStatistics } from './observe/statistics-log.ts';
import { probeTcp, type Probe } from './pool/tcp-check.ts';

/** What the app is built from; everything but the configuration and the logger has a default. */
export interface AppDependencies {
  readonly config: LbProxyConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly rng?: Rng;
  readonly probe?: Probe;
  readonly sharePort?: boolean;
}

/** A built lb-proxy: the game port is open, the admin server does not listen yet. */
export interface App extends Service {
  readonly server: HanokServer;
  readonly balancer: Balancer;
}

/**
 * Builds lb-proxy from its configuration, opens the game port and starts the health checks and the discovery.
 * @throws ConfigError or ListenError when it cannot
 */
export async function buildApp(dependencies: AppDependencies): Promise<App> {
  const { config, logger, clock = systemClock, rng = systemRng, probe = probeTcp, sharePort } = dependencies;
  const balancer = await Balancer.create({
    config,
    clock,
    rng,
    logger,
    probe,
    ...(sharePort === undefined ? {} : { sharePort }),
  });
  const server = await createServer({
    name: 'lb-proxy',
    description: 'Layer-4 load balancer: backends, strategy, statistics.',
    host: config.host,
    adminToken: config.adminToken,
    logger,
    clock,
    mapError,
    readiness: () => Promise.resolve({ workers: readinessOf(balancer) }),
  });
  registerMetrics(server.metricsRegistry, balancer, clock);
  await server.register((scope) => {
    addBackendRoutes(scope, balancer, clock);
    addBalancerRoutes(scope, balancer, clock);
    return Promise.resolve();
  });
  await balancer.start();
  const stopLogging = logStatistics(balancer, config.statsIntervalMs, { clock, logger });
  const watch = watchBackends(balancer, config, logger);
  let announcement: Announcement | undefined;
  return {
    server,
    balancer,
    started(address: ListenAddress) {
      const { host } = parseListen(config.listen);
      logger.info({ strategy: config.strategy }, `game traffic on ${host}:${balancer.workers.port}`);
      announcement = announce(address, config, balancer, logger);
    },
    async drain() {
      announcement?.setState('draining');
      watch?.close();
      stopLogging();
      await balancer.stop();
    },
    async close() {
      await announcement?.stop();
    },
  };
}

function readinessOf(balancer: Balancer) {
  const { running } = balancer.workers;
  return running > 0 ? { ok: true } : { ok: false, detail: 'no relay worker accepts connections' };
}

function watchBackends(balancer: Balancer, config: LbProxyConfig, logger: Logger): ServiceWatch | undefined {
  if (config.coordinatorUrls.length === 0) return undefined;
  return watchServices({
    coordinatorUrls: config.coordinatorUrls,
    token: config.adminToken,
    service: config.discoverService,
    onChange: (nodes) => balancer.discovery.nodesChanged(nodes),
    onLink: (connected) => balancer.discovery.linkChanged(connected),
    logger,
  });
}

function announce(
  address: ListenAddress,
  config: LbProxyConfig,
  balancer: Balancer,
  logger: Logger,
): Announcement | undefined {
  if (config.coordinatorUrls.length === 0) return undefined;
  return announceService({
    coordinatorUrls: config.coordinatorUrls,
    token: config.adminToken,
    id: config.serviceId ?? `lb-proxy-${address.port}`,
    service: 'lb-proxy',
    host: config.advertiseHost ?? address.host,
    port: address.port,
    metadata: { gamePort: String(balancer.workers.port) },
    state: 'ready',
    logger,
  });
}
