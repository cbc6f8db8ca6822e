import { openCache, type Cache, type OpenCacheOptions } from '@hanok/cache-client';
import { silentLogger, systemClock, type HanokServer } from '@hanok/service-kit';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { buildApp } from '../../src/app.ts';

export interface OpenedApp {
  readonly server: HanokServer;
  readonly cache: Cache;
}

export interface OpenAppOptions extends OpenCacheOptions {
  /** Default `memory:`. */
  readonly url?: string;
  readonly adminToken?: string;
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** cache-service on a cache of its own; closed after the test. */
export async function openApp(options: OpenAppOptions = {}): Promise<OpenedApp> {
  const { close, ...app } = await startApp(options);
  closers.push(close);
  return app;
}

/** One cache-service for all tests of the surrounding block. */
export function sharedApp(options: OpenAppOptions = {}): () => OpenedApp {
  let app: (OpenedApp & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    app = await startApp(options);
  });
  afterAll(() => app?.close());
  return () => {
    if (app === undefined) throw new Error('the app is there while tests run');
    return app;
  };
}

async function startApp({ url = 'memory:', adminToken, ...options }: OpenAppOptions) {
  const cache = openCache(url, options);
  const server = await buildApp({
    cache,
    logger: silentLogger,
    clock: options.clock ?? systemClock,
    host: '127.0.0.1',
    adminToken,
  });
  const close = async (): Promise<void> => {
    await server.close();
    await cache.close();
  };
  return { server, cache, close };
}
