import { createServer, type HanokServer } from '@hanok/service-kit';
import { eventually } from '@hanok/testkit';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type CacheError, HttpStore, MemoryStore, openCache, storeRoutes } from '../../src/index.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function startService(
  port = 0,
  adminToken?: string,
  store = new MemoryStore(),
): Promise<{ url: string; server: HanokServer; requests: () => number }> {
  const server = await createServer({ name: 'store', description: 'store', host: '127.0.0.1', adminToken });
  let requests = 0;
  server.addHook('onRequest', (_request, _reply, done) => {
    requests += 1;
    done();
  });
  storeRoutes(server, { store });
  const url = await server.listen({ host: '127.0.0.1', port });
  closers.push(() => server.close());
  return { url, server, requests: () => requests };
}

function openHttp(url: string, options: ConstructorParameters<typeof HttpStore>[1] = {}): HttpStore {
  const store = new HttpStore(url, options);
  closers.push(() => store.close());
  return store;
}

describe('HttpStore', () => {
  it('sends the calls of one turn in one request', async () => {
    const { url, requests } = await startService();
    const store = openHttp(url);
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.set(`k${i}`, `v${i}`)));
    expect(requests()).toBe(1);
    const values = await Promise.all(Array.from({ length: 600 }, (_, i) => store.get(`k${i % 100}`)));
    expect(values).toEqual(Array.from({ length: 600 }, (_, i) => `v${i % 100}`));
    expect(requests()).toBeLessThanOrEqual(4);
  });

  it('keeps the order of calls made one after another', async () => {
    const { url } = await startService();
    const store = openHttp(url);
    const sums = await Promise.all(Array.from({ length: 50 }, () => store.incrementBy('c', 1)));
    expect(sums).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  it('tells one failing call from the others of its request', async () => {
    const { url } = await startService();
    const store = openHttp(url);
    await store.pushBack('list', 'x');
    const results = await Promise.allSettled([
      store.set('a', '1'),
      store.get('list'),
      store.incrementBy('a', 1),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'wrong_type' } });
  });

  it('needs the credential of the service, and says so', async () => {
    const { url } = await startService(0, 'correct-horse');
    await expect(openHttp(url).get('k')).rejects.toMatchObject({ code: 'denied', retryable: false });
    await expect(openHttp(url, { token: 'wrong-horse' }).get('k')).rejects.toMatchObject({ code: 'denied' });
    expect(await openHttp(url, { token: 'correct-horse' }).get('k')).toBeUndefined();
  });

  it('fails at once while the service is away, and serves again by itself', async () => {
    const { url, server } = await startService();
    const store = openHttp(url);
    await store.set('k', 'v');
    await server.close();
    await expect(store.get('k')).rejects.toMatchObject({ retryable: true });
    expect(store.connected).toBe(false);
    await expect(store.get('k')).rejects.toMatchObject({ code: 'unavailable' });
    expect((await store.deleteMatching('k*'))[0]).toMatchObject({
      ok: false,
      error: { code: 'unavailable' },
    });
    await startService(Number(new URL(url).port));
    await eventually(() => store.set('k', 'again'), { timeoutMs: 3_000 });
    expect(store.connected).toBe(true);
  });

  it('goes on at the next of several that have the same data, and hears its signals', async () => {
    const shared = new MemoryStore();
    const [first, second] = [
      await startService(0, undefined, shared),
      await startService(0, undefined, shared),
    ];
    const store = openHttp(`${first.url},${new URL(second.url).host}`);
    let signals = 0;
    store.subscribe('k', () => (signals += 1));
    await eventually(() => signals > 0);
    await store.set('k', 'v');
    const before = second.requests();
    await first.server.close();
    expect(await store.get('k')).toBe('v');
    expect(store.connected).toBe(true);
    expect(second.requests()).toBeGreaterThan(before);
    const heard = signals;
    await eventually(() => signals > heard);
    await second.server.close();
    await expect(store.get('k')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives up on a service that accepts and never answers', async () => {
    const sockets = new Set<Socket>();
    const silent: Server = createTcpServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const store = openHttp(`http://127.0.0.1:${port}`, { commandTimeoutMs: 200, maxInFlight: 20 });
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => store.get('k')));
    const codes = results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code: string }).code : '',
    );
    expect(codes.filter((code) => code === 'overloaded')).toHaveLength(10);
    expect(codes.filter((code) => code === 'timeout')).toHaveLength(20);
    expect(store.lastError?.code).toBe('timeout');
  });

  it('refuses what waits when it is closed', async () => {
    const { url } = await startService();
    const cache = openCache(url);
    const call = cache.counters.increment('c').catch((error: CacheError) => error.code);
    await cache.close();
    expect(await call).toBe('closed');
    await expect(cache.counters.read('c')).rejects.toMatchObject({ code: 'closed' });
  });
});
