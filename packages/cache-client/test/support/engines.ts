import { createServer, type HanokServer } from '@hanok/service-kit';
import { startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  CacheStore,
  MemoryStore,
  openCache,
  storeRoutes,
  type Cache,
  type OpenCacheOptions,
  type Operation,
} from '../../src/index.ts';
import { ready } from './ready.ts';

/** A fresh, empty cache on one of the engines, connected; closed with its test file. */
export type OpenEngine = (options?: OpenCacheOptions) => Promise<Cache>;

let prefixes = 0;

/** Runs the same tests on the memory engine, a real Redis, and HTTP in front of a memory engine. */
export function describeOnEveryEngine(title: string, tests: (open: OpenEngine) => void): void {
  describe(`${title} in memory`, () => {
    tests(closing((options) => openCache('memory:', options)));
  });

  describe(`${title} on Redis`, () => {
    let redis: TestServer;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());
    tests(
      closing((options) => {
        prefixes += 1;
        return openCache(redis.url, {
          ...options,
          redis: { ...options.redis, keyPrefix: `test:${prefixes}:` },
        });
      }),
    );
  });

  describe(`${title} over HTTP`, () => {
    const engine = new ReplaceableStore();
    let server: HanokServer;
    let url: string;
    beforeAll(async () => {
      server = await createServer({ name: 'store', description: 'store', host: '127.0.0.1' });
      storeRoutes(server, { store: engine });
      url = await server.listen({ host: '127.0.0.1', port: 0 });
    });
    afterAll(() => server.close());
    tests(
      closing((options) => {
        engine.current = new MemoryStore(options.clock === undefined ? {} : { clock: options.clock });
        return openCache(url, options);
      }),
    );
  });
}

/** Lets one server begin each test with an empty store. */
class ReplaceableStore extends CacheStore {
  current = new MemoryStore();

  get connected() {
    return this.current.connected;
  }

  get lastError() {
    return this.current.lastError;
  }

  status() {
    return this.current.status();
  }

  run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    return this.current.run(operation, keys, args);
  }

  deleteMatching(pattern: string, tag?: string) {
    return this.current.deleteMatching(pattern, tag);
  }

  subscribe(key: string, listener: () => void) {
    return this.current.subscribe(key, listener);
  }

  close() {
    return this.current.close();
  }
}

/** Closes what was opened when the tests of the surrounding block are over. */
function closing(open: (options: OpenCacheOptions) => Cache): OpenEngine {
  const opened: Cache[] = [];
  afterAll(async () => {
    for (const cache of opened) await cache.close();
  });
  return async (options = {}) => {
    const cache = open(options);
    opened.push(cache);
    await ready(cache.store);
    return cache;
  };
}
