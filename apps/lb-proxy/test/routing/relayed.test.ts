import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import type { LbProxyConfig } from '../../src/config.ts';
import { encodeProxyHeader } from '../../src/proxy-protocol/encode-header.ts';
import { clientHelloFor, inRecords } from '../fixtures/client-hello.ts';
import { startEcho, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { ENGINES, readStats, startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

const NAMES = ['chat.example.com=chat', '*.rooms.example.com=rooms'];
const claimed = {
  source: '203.0.113.7',
  destination: '198.51.100.1',
  sourcePort: 4_242,
  destinationPort: 8_080,
};

interface Running extends AsyncDisposable {
  readonly proxy: TestProxy;
  /** The name of the backend that a client with these first bytes reaches, and what it got of them. */
  ask(first: Buffer): Promise<{ backend: string; bytes: Buffer }>;
}

async function start(
  config: Partial<LbProxyConfig>,
  backends: readonly (readonly [id: string, pool?: string])[],
): Promise<Running> {
  const servers: TestServer[] = await Promise.all(backends.map(([id]) => startEcho(`${id}>`)));
  const proxy = await startTestProxy({ config: { workers: 1, firstBytesTimeoutMs: 20_000, ...config } });
  for (const [index, [id, pool]] of backends.entries()) {
    await proxy.addBackend(id, servers[index]?.port ?? 0, pool === undefined ? {} : { pool });
  }
  return {
    proxy,
    async ask(first) {
      const client = new TestClient(proxy.port).write(first).end();
      const { how, bytes } = await client.over();
      expect(how).toBe('end');
      const mark = bytes.indexOf('>');
      return { backend: bytes.subarray(0, mark).toString(), bytes: bytes.subarray(mark + 1) };
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

const POOLS = [['default'], ['chat', 'chat'], ['room-1', 'rooms'], ['room-2', 'rooms']] as const;

describe.each(ENGINES)('routing by the first bytes: %s', (relay) => {
  it('leads server names to their pools and changes no byte', async () => {
    await using running = await start({ relay, serverNames: NAMES }, POOLS);
    for (const [name, backend] of [
      ['chat.example.com', /^chat$/],
      ['a.rooms.example.com', /^room-[12]$/],
      ['other.example.com', /^default$/],
      [null, /^default$/],
    ] as const) {
      const hello = await clientHelloFor(name);
      const reached = await running.ask(hello);
      expect(reached.backend).toMatch(backend);
      expect(reached.bytes.equals(hello)).toBe(true);
    }
    expect((await running.ask(Buffer.from('GET / HTTP/1.1\r\n'))).backend).toBe('default');
    await running.proxy.idle();
  });

  it.each([
    'round-robin',
    'weighted-round-robin',
    'least-connections',
    'power-of-two-choices',
    'maglev',
  ] as const)('keeps to the pool with %s, and uses all of it', async (strategy) => {
    await using running = await start({ relay, strategy, serverNames: NAMES }, POOLS);
    const [rooms, other] = [await clientHelloFor('x.rooms.example.com'), Buffer.from('plain')];
    const reached: string[] = [];
    const clients: TestClient[] = [];
    for (let round = 0; round < 8; round += 1) {
      const client = new TestClient(running.proxy.port).write(rooms);
      clients.push(client);
      await eventually(() => client.text.includes('>'));
      reached.push(client.text.slice(0, client.text.indexOf('>')));
      expect((await running.ask(other)).backend).toBe('default');
    }
    const sticks = strategy === 'maglev';
    expect(new Set(reached).size).toBe(sticks ? 1 : 2);
    expect(reached.every((id) => id.startsWith('room-'))).toBe(true);
    const first = reached.filter((id) => id === 'room-1').length;
    expect(strategy.includes('round-robin') ? first : 4).toBe(4);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('waits for a ClientHello in pieces behind a PROXY header in pieces', async () => {
    await using running = await start({ relay, serverNames: NAMES, proxyProtocolFrom: ['127.0.0.1'] }, POOLS);
    const header = encodeProxyHeader(2, claimed);
    const hello = inRecords(await clientHelloFor('chat.example.com'), [1, 30, 100]);
    const all = Buffer.concat([header, hello]);
    const client = new TestClient(running.proxy.port);
    for (const [from, to] of [
      [0, 9],
      [9, header.length + 3],
      [header.length + 3, 90],
      [90, all.length],
    ]) {
      client.write(all.subarray(from, to));
      // Apart enough that they arrive as pieces; should they not, the test is merely less strict.
      await sleep(15);
    }
    await eventually(() => client.text.startsWith('chat>') && client.socket.bytesRead === hello.length + 5);
    client.write('more').end();
    const { bytes } = await client.over();
    expect(bytes.toString('latin1')).toBe(`chat>${hello.toString('latin1')}chat>more`);
    const { body } = await running.proxy.call('GET', '/v1/decisions');
    expect(body['items']).toMatchObject([{ source: claimed.source }]);
  });

  it('goes on without the bytes that do not come in time, and loses none that did', async () => {
    const config = { relay, serverNames: NAMES, firstBytesTimeoutMs: 100, proxyProtocolFrom: ['127.0.0.1'] };
    await using running = await start(config, POOLS);
    const hello = await clientHelloFor('chat.example.com');
    const header = encodeProxyHeader(2, claimed);
    const half = new TestClient(running.proxy.port).write(Buffer.concat([header, hello.subarray(0, 50)]));
    const silent = new TestClient(running.proxy.port).write(header);
    await eventually(() => half.text.startsWith('default>'));
    half.write(hello.subarray(50)).end();
    const { bytes } = await half.over();
    expect(bytes.toString('latin1').replaceAll('default>', '')).toBe(hello.toString('latin1'));
    await eventually(async () => {
      const { body } = await running.proxy.call('GET', '/v1/backends/default');
      return body['totalConnections'] === 2;
    });
    silent.write('hi').end();
    expect((await silent.over()).bytes.toString()).toBe('default>hi');
    await running.proxy.idle();
  });

  it('forgets a client that goes away before it has said enough', async () => {
    await using running = await start({ relay, serverNames: NAMES }, POOLS);
    const client = new TestClient(running.proxy.port).write(Buffer.from([22, 3, 1]));
    await eventually(() => running.proxy.balancer.state.open === 1);
    client.socket.resetAndDestroy();
    await running.proxy.idle();
    expect((await readStats(running.proxy))['connections']).toMatchObject({ clientGone: 1 });
  });

  it('lets nobody wait for a pool that has no backend in the way of others', async () => {
    await using running = await start({ relay, serverNames: NAMES, queueTimeoutMs: 20_000 }, [['default']]);
    const waiting = new TestClient(running.proxy.port).write(await clientHelloFor('chat.example.com'));
    await eventually(() => running.proxy.balancer.state.waiting === 1);
    expect((await running.ask(Buffer.from('plain'))).backend).toBe('default');
    await waiting.close();
  });

  it('sends the same token to the same backend, different ones to all, and others by the strategy', async () => {
    const backends = Array.from({ length: 4 }, (_, index) => [`b${index}`] as const);
    await using running = await start({ relay, token: 'field:1:1' }, backends);
    const withToken = (token: string) =>
      Buffer.concat([Buffer.from([9, token.length]), Buffer.from(`${token}rest`)]);
    const homes = new Map<string, string>();
    for (let room = 0; room < 24; room += 1) {
      const { backend, bytes } = await running.ask(withToken(`room-${room}`));
      homes.set(`room-${room}`, backend);
      expect(bytes.equals(withToken(`room-${room}`))).toBe(true);
    }
    expect(new Set(homes.values()).size).toBe(4);
    for (const [room, backend] of homes) expect((await running.ask(withToken(room))).backend).toBe(backend);
    const none = [];
    for (let round = 0; round < 4; round += 1) none.push((await running.ask(Buffer.from([9, 0]))).backend);
    expect(new Set(none).size).toBe(4);
    await running.proxy.call('PATCH', '/v1/backends/b0', { state: 'draining' });
    const moved: string[] = [];
    for (const [room, backend] of homes) {
      if ((await running.ask(withToken(room))).backend !== backend) moved.push(backend);
    }
    expect(moved).toEqual([...homes.values()].filter((backend) => backend === 'b0'));
  });
});

it('refuses a backend for a pool that nothing leads to', async () => {
  await using proxy = await startTestProxy({ config: { workers: 1, serverNames: NAMES } });
  const backend = { id: 'x', host: '127.0.0.1', port: 1 };
  expect(await proxy.call('POST', '/v1/backends', { ...backend, pool: 'nowhere' })).toMatchObject({
    status: 400,
  });
  expect(await proxy.call('POST', '/v1/backends', { ...backend, pool: 'chat' })).toMatchObject({
    status: 201,
    body: { pool: 'chat' },
  });
});

it('explains the choice within one pool', async () => {
  await using running = await start({ serverNames: NAMES }, POOLS);
  const idsOf = async (query: string): Promise<string[]> => {
    const { body } = await running.proxy.call('GET', `/v1/explain?source=203.0.113.7${query}`);
    return (body['backends'] as { id: string; standing: string }[]).map(
      ({ id, standing }) => `${id} ${standing}`,
    );
  };
  expect(await idsOf('')).toEqual(['default candidate']);
  expect((await idsOf('&pool=rooms')).toSorted()).toEqual(['room-1 candidate', 'room-2 candidate']);
  expect((await idsOf('&pool=rooms&strategy=maglev')).toSorted()).toEqual([
    'room-1 candidate',
    'room-2 candidate',
  ]);
  const unknown = await running.proxy.call('GET', '/v1/explain?source=203.0.113.7&pool=nobody');
  expect(unknown).toMatchObject({ status: 400, body: { errors: [{ field: 'query.pool' }] } });
});
