import { openCache, type Cache, type OpenCacheOptions } from '@hanok/cache-client';
import { silentLogger, systemClock, type HanokServer } from '@hanok/service-kit';
import { afterEach } from 'vitest';
import { buildApp } from '../../src/app.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export interface OpenedApp {
  readonly server: HanokServer;
  readonly cache: Cache;
}

/** cache-service on a cache of its own, by default in memory; closed after the test. */
export async function openApp({
  url = 'memory:',
  adminToken,
  ...options
}: OpenCacheOptions & { url?: string; adminToken?: string } = {}): Promise<OpenedApp> {
  const cache = openCache(url, options);
  const server = await buildApp({
    cache,
    logger: silentLogger,
    clock: options.clock ?? systemClock,
    host: '127.0.0.1',
    adminToken,
  });
  closers.push(async () => {
    await server.close();
    await cache.close();
  });
  return { server, cache };
}
