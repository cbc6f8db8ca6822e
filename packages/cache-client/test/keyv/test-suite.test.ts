import { startRedis, type TestServer } from '@hanok/testkit';
import { Keyv } from 'keyv';
import * as vitest from 'vitest';
import { KeyvStore, MemoryStore, openStore, type CacheStore } from '../../src/index.ts';
import { ready } from '../support/ready.ts';
import { loadKeyvTestSuite } from './published-test-suite.ts';

const { afterAll, beforeAll, describe } = vitest;
const registerTests = await loadKeyvTestSuite();

describe('@keyv/test-suite in memory', () => {
  const store = new MemoryStore();
  registerTests(vitest, Keyv, () => new KeyvStore(store));
});

describe('@keyv/test-suite on Redis', () => {
  let redis: TestServer;
  let store: CacheStore;
  beforeAll(async () => {
    redis = await startRedis();
    store = await ready(openStore(redis.url));
  });
  afterAll(async () => {
    await store.close();
    await redis.stop();
  });
  registerTests(vitest, Keyv, () => new KeyvStore(store));
});
