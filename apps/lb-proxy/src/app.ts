import { announceService, type Announcement } from '@hanok/cluster';
import {
  announcedMetadata,
  createServer,
  systemClock,
  systemRng,
  type Clock,
  type HanokServer,
  type ListenAddress,
  type Logger,
  type ReadinessCheck,
  type Rng,
  type Service,
} from '@hanok/service-kit';
import { addBackendRoutes } from './api/backend-routes.ts';
import { addBalancerRoutes } from './api/balancer-routes.ts';
import { addConsoleRoutes } from './api/console-routes.ts';
import { addConnectionRoutes } from './api/connection-routes.ts';
import { addFigureRoutes } from './api/figure-routes.ts';
import { addListenerRoutes } from './api/listener-routes.ts';
import { mapError } from './api/map-error.ts';
import { addObservationRoutes } from './api/observation-routes.ts';
import { addReplayRoutes } from './api/replay-routes.ts';
import type { LbProxyConfig } from './config.ts';
import { ListenerSet } from './listeners/listener-set.ts';
import { readListeners, Reloader } from './listeners/reloader.ts';
import { EventJournal } from './observe/event-journal.ts';
import { registerLatencyMetric } from './observe/latency-metric.ts';
import { registerMetrics } from './observe/metrics.ts';
import { logStatistics } from './observe/statistics-log.ts';
import type { Probe } from './pool/tcp-check.ts';
import { LiveUpgrade, type UpgradeOptions } from './upgrade/live-upgrade.ts';

/** What the app is built from; everything but the configuration and the logger has a default. */
export interface AppDependencies {
  readonly config: LbProxyConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly rng?: Rng;
  readonly probe?: Probe;
  readonly sharePort?: boolean;
  /** How it takes over from a running process, and hands over to the next one; default: found out. */
  readonly upgrade?: Pick<UpgradeOptions, 'platform' | 'end'>;
}

/** A built lb-proxy: the game ports are open, the admin server does not listen yet. */
export interface App extends Service {
  readonly server: HanokServer;
  readonly listeners: ListenerSet;
  /** Reads CONFIG_FILE again; failures are logged, and change nothing. */
  reload(): Promise<void>;
}

/**
 * Builds lb-proxy from its configuration, opens the game ports and starts the health checks and the discovery.
 * @throws ConfigError or ListenError when it cannot
 */
export async function buildApp(dependencies: AppDependencies): Promise<App> {
  const { config, logger, clock = systemClock, rng = systemRng, probe, sharePort } = dependencies;
  const journal = new EventJournal(clock);
  const shared = {
    journal,
    clock,
    rng,
    logger,
    ...(probe === undefined ? {} : { probe }),
    ...(sharePort === undefined ? {} : { sharePort }),
  };
  const wanted = await readListeners(config);
  let listeners: ListenerSet | undefined;
  const server = await createServer({
    name: 'lb-proxy',
    description: 'Layer-4 load balancer: listeners, backends, strategy, statistics.',
    host: config.host,
    adminToken: config.adminToken,
    tls: config,
    logger,
    clock,
    mapError,
    readiness: () => Promise.resolve(readinessOf(listeners)),
  });
  const upgrade = await LiveUpgrade.begin({ config, logger, sharePort, ...dependencies.upgrade });
  const open = await ListenerSet.open(shared, wanted, upgrade?.inherited);
  await upgrade?.takeOver(open);
  listeners = open;
  const reloader = new Reloader(config, open);
  registerMetrics(server.metricsRegistry, open, clock);
  registerLatencyMetric(server.metricsRegistry, open);
  await server.register((scope) => {
    addBackendRoutes(scope, open, clock);
    addBalancerRoutes(scope, open, clock);
    addReplayRoutes(scope, open, rng);
    addConnectionRoutes(scope, open);
    addListenerRoutes(scope, open, reloader);
    addObservationRoutes(scope, open, journal);
    addFigureRoutes(scope, open, clock);
    addConsoleRoutes(scope, config.coordinatorUrls);
    return Promise.resolve();
  });
  const stopLogging = logStatistics(open, config.statsIntervalMs, { clock, logger });
  let announcement: Announcement | undefined;
  return {
    server,
    listeners: open,
    async reload() {
      try {
        logger.info({ changes: await reloader.reload(false) }, 'configuration read again');
      } catch (error) {
        logger.error({ reason: (error as Error).message }, 'configuration not taken over');
      }
    },
    async started(address: ListenAddress) {
      announcement = announce(address, config, open, logger);
      await upgrade?.awaitSuccessor(open, async () => {
        await announcement?.stop();
        await server.close();
      });
    },
    async drain() {
      upgrade?.stop();
      announcement?.setState('draining');
      stopLogging();
      await open.stop();
    },
    async close() {
      await announcement?.stop();
    },
  };
}

function readinessOf(listeners: ListenerSet | undefined): Record<string, ReadinessCheck> {
  if (listeners === undefined) return { listeners: { ok: false, detail: 'not open yet' } };
  return Object.fromEntries(
    listeners.list().map(({ name, balancer }) => {
      const ok = balancer.workers.running > 0;
      return [`listener ${name}`, ok ? { ok } : { ok, detail: 'no relay worker accepts connections' }];
    }),
  );
}

function announce(
  address: ListenAddress,
  config: LbProxyConfig,
  listeners: ListenerSet,
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
    metadata: {
      gamePort: String(listeners.get().workers.port),
      ...announcedMetadata(config),
    },
    ttlMs: config.registrationTtlMs,
    state: 'ready',
    logger,
  });
}
