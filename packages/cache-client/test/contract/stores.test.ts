import { createServer, type HanokServer } from '@hanok/service-kit';
import { startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll } from 'vitest';
import { MemoryStore, openStore, storeRoutes } from '../../src/index.ts';
import { describeCacheStore } from './cache-store-suite.ts';

let redis: [TestServer, TestServer, TestServer];
let server: HanokServer;
let url: string;

beforeAll(async () => {
  redis = await Promise.all([
    startRedis({ dedicated: true }),
    startRedis({ dedicated: true }),
    startRedis({ dedicated: true }),
  ]);
  server = await createServer({
    name: 'store',
    description: 'The other end of the HTTP store',
    host: '127.0.0.1',
  });
  storeRoutes(server, { store: new MemoryStore() });
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await server.close();
  await Promise.all(redis.map((each) => each.stop()));
});

describeCacheStore('memory', () => new MemoryStore());
describeCacheStore('Redis', () => openStore(redis[0].url));
describeCacheStore('HTTP', () => openStore(url));
describeCacheStore('three Redis shards', () => {
  const hosts = redis.map(({ host, port }) => `${host}:${port}`).join(',');
  return openStore(`redis://${hosts}/1?weights=1,2,1`);
});
