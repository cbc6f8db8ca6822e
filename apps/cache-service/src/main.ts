import { announceService, type Announcement } from '@hanok/cluster';
import { runService, systemClock } from '@hanok/service-kit';
import { buildApp } from './app.ts';
import { cacheServiceConfig } from './config.ts';
import { openConfiguredCache } from './open-configured-cache.ts';

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
    });

    // While the engine is away nothing can turn; it says so itself.
    const seasonRunner = cache.seasons.run((error) =>
      logger.debug({ err: error }, 'seasons were not looked at'),
    );
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
          state: 'ready',
          logger,
        });
      },
      async drain() {
        announcement?.setState('draining');
        await announcement?.stop();
      },
      async close() {
        seasonRunner.close();
        await cache.close();
      },
    };
  },
});
