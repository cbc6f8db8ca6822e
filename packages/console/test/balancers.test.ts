import { createServer, type HanokServer } from '@hanok/service-kit';
import { eventually } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { startConsole, viewerToken } from './support/console-server.ts';
import { serviceEntry } from './support/fake-source.ts';
import { LiveReader, urlOf } from './support/live-reader.ts';

/** What a played lb-proxy tells; a test may change it. */
class PlayedBalancer {
  readonly server: HanokServer;
  readonly asked: string[] = [];
  backends = ['a', 'b'];
  state = 'enabled';
  total = 0;
  names = ['main'];

  private constructor(server: HanokServer) {
    this.server = server;
    server.get<{ Querystring: { known?: string } }>('/v1/figures', ({ query }) =>
      this.#answer(query.known ?? ''),
    );
    const closing = Promise.withResolvers<object>();
    server.get('/v1/events', () => closing.promise);
    server.addHook('preClose', async () => closing.resolve({ items: [], last: 0 }));
  }

  static async start(): Promise<PlayedBalancer> {
    const server = await createServer({ name: 'lb-proxy', description: 'test', host: '127.0.0.1' });
    const balancer = new PlayedBalancer(server);
    await server.listen({ host: '127.0.0.1', port: 0 });
    return balancer;
  }

  get port(): number {
    return Number(new URL(urlOf(this.server)).port);
  }

  #answer(known: string) {
    this.asked.push(known);
    const version = JSON.stringify([this.names, this.backends, this.state]).replaceAll(/\W/g, '');
    this.total += 1_000;
    const column = (value: number | null) => this.backends.map(() => value);
    const listeners = this.names.map((name) => ({
      name,
      listen: '127.0.0.1:1',
      port: 1,
      strategy: 'random',
      pools: [{ name: 'eu', strategy: 'peak-ewma' }],
      panic: false,
      discovery: { connected: true },
      connections: { total: this.total, active: 5, waiting: 1 },
      refused: 0,
      ...(known === version ? {} : { backends: this.backends.map((id) => this.#describe(id)) }),
      figures: {
        activeConnections: this.backends.map((_, index) => index + 1),
        totalConnections: column(this.total),
        failedConnects: column(0),
        bytesToBackend: column(0),
        bytesToClient: column(this.total),
        p50Ms: column(1.5),
        p99Ms: column(null),
      },
    }));
    return { version, listeners };
  }

  #describe(id: string) {
    const place = { host: '::1', port: 7, pool: null, weight: 1, maxConnections: 0, source: 'static' };
    return { id, ...place, state: this.state, health: 'up', eligible: id === 'a' };
  }
}

it('an lb-proxy is shown as it says, follows its changes, and stays to be seen when it is lost', async () => {
  const balancer = await PlayedBalancer.start();
  await using console = await startConsole();
  console.source.entries = [serviceEntry('lb-1', 'lb-proxy', balancer.port)];
  await console.server.listen({ host: '127.0.0.1', port: 0 });
  await using reader = await LiveReader.open(urlOf(console.server), viewerToken);
  const [listeners, backends] = [() => reader.table('balancers'), () => reader.table('backends')];

  await eventually(() => {
    expect(listeners().get('lb-1/main')).toMatchObject({
      balancer: 'lb-1',
      strategy: 'random',
      pools: ['eu=peak-ewma'],
      isReachable: true,
      active: 5,
      waiting: 1,
      backends: 2,
      usable: 1,
    });
    expect(Number(listeners().get('lb-1/main')?.['rate'])).toBeGreaterThan(0);
    expect(Number(listeners().get('lb-1/main')?.['outRate'])).toBeGreaterThan(0);
    expect(backends().get('lb-1/main/b')).toMatchObject({
      id: 'b',
      listener: 'main',
      address: '::1:7',
      state: 'enabled',
      active: 2,
      failedRate: 0,
      p50: 1.5,
      p99: null,
    });
    expect(Number(backends().get('lb-1/main/b')?.['rate'])).toBeGreaterThan(0);
  });
  // What it has told once is not asked for again.
  expect(balancer.asked.slice(0, 2)).toEqual(['', 'mainabenabled']);

  [balancer.backends, balancer.state] = [['b', 'c'], 'draining'];
  await eventually(() => {
    expect([...backends().keys()].toSorted()).toEqual(['lb-1/main/b', 'lb-1/main/c']);
    expect(backends().get('lb-1/main/b')).toMatchObject({ state: 'draining', active: 1 });
  });

  balancer.names = ['main', 'second'];
  await eventually(() => expect(backends().has('lb-1/second/c')).toBe(true));
  balancer.names = ['second'];
  await eventually(() => {
    expect([...listeners().keys()]).toEqual(['lb-1/second']);
    expect([...backends().keys()].toSorted()).toEqual(['lb-1/second/b', 'lb-1/second/c']);
  });

  await balancer.server.close();
  await eventually(() =>
    expect(listeners().get('lb-1/second')).toMatchObject({ isReachable: false, active: 5 }),
  );
  expect(backends().size).toBe(2);
  console.source.entries = [];
  await eventually(() => expect(listeners().size + backends().size).toBe(0));
});

it('an lb-proxy of the version before is asked for its statistics', async () => {
  const older = await createServer({ name: 'lb-proxy', description: 'test', host: '127.0.0.1' });
  const listener = { name: 'main', listen: '127.0.0.1:1', port: 1, strategy: 'random', pools: [] };
  const description = { id: 'a', pool: null, host: 'a', port: 7, weight: 1, maxConnections: 0 };
  const state = { state: 'enabled', source: 'static', health: 'up', eligible: true };
  const counts = { totalConnections: 4, failedConnects: 1, bytesToBackend: 10, bytesToClient: 20 };
  older.get('/v1/listeners', () => ({ items: [listener] }));
  older.get('/v1/stats', () => ({
    refused: { 'queue-full': 2, 'connection-limit': 1 },
    panic: false,
    discovery: { connected: true },
    connections: { total: 4, active: 3, waiting: 0 },
    backends: [{ ...description, ...state, ...counts, activeConnections: 3, lastCheckAt: null }],
  }));
  await older.listen({ host: '127.0.0.1', port: 0 });
  await using console = await startConsole();
  console.source.entries = [serviceEntry('lb-1', 'lb-proxy', Number(new URL(urlOf(older)).port))];
  await console.server.listen({ host: '127.0.0.1', port: 0 });
  await using reader = await LiveReader.open(urlOf(console.server), viewerToken);
  await eventually(() => {
    expect(reader.table('balancers').get('lb-1/main')).toMatchObject({ active: 3, backends: 1, usable: 1 });
    const row = reader.table('backends').get('lb-1/main/a');
    expect(row).toMatchObject({ address: 'a:7', active: 3, rate: 0, p50: null });
    expect(row).not.toHaveProperty('lastCheckAt');
  });
  await older.close();
});
