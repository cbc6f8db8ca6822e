import { openCache } from '@hanok/cache-client';
import { announceService, type Announcement } from '@hanok/cluster';
import { announcedMetadata, runService, systemClock, systemRng } from '@hanok/service-kit';
import { buildApp } from './app.ts';
import { failuresPerAddress, playerServiceConfig } from './config.ts';
import { parseCurrencies } from './ledger/currencies.ts';
import { createPasswordHasher } from './passwords/password-hasher.ts';
import { openStorage } from './storage/open-storage.ts';
import { createWebhookSender } from './webhooks/sender.ts';

await runService({
  name: 'player-service',
  config: playerServiceConfig,
  async start(config, { logger }) {
    const database = await openStorage(config.databaseUrl, {
      durability: config.durability,
      onNotice: (message) => logger.info(message),
    });
    const cache = openCache(config.cacheUrl, {
      http: config.adminToken === undefined ? {} : { token: config.adminToken },
      sessions: { ttlMs: config.sessionTtlSeconds * 1_000 },
      chat: { keep: config.chatKeepMessages },
    });
    const serviceId = config.serviceId ?? `player-service-${config.port}`;
    const { server, housekeeping, deliverer } = await buildApp({
      database,
      cache,
      hasher: createPasswordHasher({
        maxConcurrent: config.passwordHashConcurrency,
        maxWaiting: config.passwordHashQueue,
      }),
      clock: systemClock,
      logger,
      serviceId,
      host: config.host,
      adminToken: config.adminToken,
      tls: config,
      trustedProxies: config.trustedProxies,
      idempotencyTtlMs: config.idempotencyTtlSeconds * 1_000,
      refreshTokenTtlMs: config.refreshTokenTtlSeconds * 1_000,
      undoMs: config.deletedPlayerUndoSeconds * 1_000,
      currencies: parseCurrencies(config.currencies),
      isCacheShared: config.cacheUrl !== 'memory:',
      nearCacheEntries: config.nearCacheEntries ?? (config.cacheUrl.startsWith('redis') ? 10_000 : 0),
      webhooks: {
        sender: createWebhookSender({ privateAddresses: config.webhookPrivateAddresses }),
        privateAddresses: config.webhookPrivateAddresses,
        rng: systemRng,
      },
      rateLimits: {
        perPlayer: config.rateLimitPerPlayer,
        perKey: config.rateLimitPerKey,
        perAddress: config.rateLimitPerAddress,
      },
      failures: {
        perAccount: config.logInFailuresPerAccount,
        perAddress: failuresPerAddress(config),
        windowMs: config.logInFailureWindowSeconds * 1_000,
      },
    });

    let announcement: Announcement | undefined;
    return {
      server,
      started({ port }) {
        housekeeping.start();
        deliverer.start();
        if (config.coordinatorUrls.length === 0) return;
        announcement = announceService({
          coordinatorUrls: config.coordinatorUrls,
          token: config.adminToken,
          id: serviceId,
          service: 'player-service',
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
        await deliverer.stop();
        await housekeeping.stop();
        await cache.close();
        await database.close();
      },
    };
  },
});
