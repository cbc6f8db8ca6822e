import { announceService, type Announcement } from '@hanok/cluster';
import { announcedMetadata, runService, systemClock } from '@hanok/service-kit';
import { buildApp } from './app.ts';
import { cacheServiceConfig } from './config.ts';
import { openConfiguredCache } from './open-configured-cache.ts';
import { runSeasons } from './run-seasons.ts';

await runService({
  name: 'cache-service',
  config: cacheServiceConfig,
  async start(config, { logger }) {
    const cache = await openConfiguredCache(config);
    const server = await buildApp({
      cache,
      logger,
      clock: systemClock,
      host: config.host,
      adminToken: config.adminToken,
      tls: config,
    });

    const seasons = runSeasons(cache, { ...config, logger });
    let announcement: Announcement | undefined;
    return {
      server,
      started({ port }) {
        if (config.coordinatorUrls.length === 0) return;
        announcement = announceService({
          coordinatorUrls: config.coordinatorUrls,
          token: config.adminToken,
          id: config.serviceId ?? `cache-service-${port}`,
          service: 'cache-service',
          host: config.advertiseHost ?? config.host,
          port,
          metadata: announcedMetadata(config),
          ttlMs: config.registrationTtlMs,
          state: 'ready',
          logger,
        });
      },
      drain: async () => {
        announcement?.setState('draining');
      },
      async close() {
        await announcement?.stop();
        await seasons.close();
        await cache.close();
      },
    };
  },
});
