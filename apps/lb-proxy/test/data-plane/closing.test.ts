import { once } from 'node:events';
import type { Socket } from 'node:net';
import { eventually } from '@hanok/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startServer, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { ENGINES, startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

describe.each(ENGINES)('how connections end: %s', (relay) => {
  let proxy: TestProxy;
  let backend: TestServer;
  let accepted: (socket: Socket) => void = () => undefined;

  beforeAll(async () => {
    backend = await startServer((socket) => accepted(socket));
    proxy = await startTestProxy({
      config: {
        checkIntervalMs: 3_600_000,
        idleTimeoutMs: 1_500,
        halfClosedTimeoutMs: 300,
        workers: 1,
        relay,
      },
    });
    await proxy.addBackend('one', backend.port);
  });

  afterEach(() => proxy.idle());

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  /** A client and the backend's end of its connection. */
  async function connectThrough(): Promise<{ client: TestClient; peer: Socket }> {
    const arrived = new Promise<Socket>((resolve) => {
      accepted = resolve;
    });
    const client = new TestClient(proxy.port).write('hello');
    const peer = await arrived;
    const [greeting] = (await once(peer, 'data')) as [Buffer];
    expect(greeting.toString()).toBe('hello');
    return { client, peer };
  }

  const endings = async () => (await proxy.call('GET', '/v1/stats')).body['ended'] as Record<string, number>;

  it('carries a client FIN to the backend and lets it answer afterwards', async () => {
    const { client, peer } = await connectThrough();
    client.end();
    await once(peer, 'end');
    peer.write('late answer');
    peer.end();
    expect(await client.over()).toMatchObject({ how: 'end', bytes: Buffer.from('late answer') });
  });

  it('carries a backend FIN to the client and lets it go on sending', async () => {
    const { client, peer } = await connectThrough();
    peer.end('bye');
    expect(await client.over()).toMatchObject({ how: 'end', bytes: Buffer.from('bye') });
    client.write('still here').end();
    const [chunk] = (await once(peer, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('still here');
  });

  it('carries a client reset to the backend', async () => {
    const before = await endings();
    const { client, peer } = await connectThrough();
    const failed = once(peer, 'close');
    peer.removeAllListeners('error');
    const error = once(peer, 'error');
    client.socket.resetAndDestroy();
    expect(((await error) as [NodeJS.ErrnoException])[0].code).toBe('ECONNRESET');
    await failed;
    await proxy.idle();
    expect((await endings())['client-reset']).toBe((before['client-reset'] ?? 0) + 1);
  });

  it('carries a backend reset to the client', async () => {
    const before = await endings();
    const { client, peer } = await connectThrough();
    peer.resetAndDestroy();
    expect((await client.over()).how).toBe('ECONNRESET');
    await proxy.idle();
    expect((await endings())['backend-reset']).toBe((before['backend-reset'] ?? 0) + 1);
  });

  it('delivers what the backend had finished sending, although it is reset afterwards', async () => {
    const { client, peer } = await connectThrough();
    client.socket.pause();
    const answer = Buffer.alloc(3_000_000, 7);
    peer.end(answer);
    client.socket.resume();
    const received = await client.over();
    peer.destroy();
    expect(received.how).toBe('end');
    expect(received.bytes.equals(answer)).toBe(true);
    await client.close();
  });

  it('ends an idle relay with a reset', async () => {
    const before = await endings();
    const { client } = await connectThrough();
    expect((await client.over()).how).toBe('ECONNRESET');
    await proxy.idle();
    expect((await endings())['idle-timeout']).toBe((before['idle-timeout'] ?? 0) + 1);
  });

  it('does not wait as long for the other half of a half-closed one', async () => {
    const before = await endings();
    const { client, peer } = await connectThrough();
    client.end();
    await once(peer, 'end');
    await client.over();
    await proxy.idle();
    expect((await endings())['half-closed-timeout']).toBe((before['half-closed-timeout'] ?? 0) + 1);
  });

  it('holds back a fast writer for a reader that stalls, and loses nothing', async () => {
    const { client, peer } = await connectThrough();
    client.socket.pause();
    const block = Buffer.alloc(1_000_000, 1);
    const total = 64;
    let handedOver = 0;
    const send = (): void => {
      while (handedOver < total) {
        handedOver += 1;
        if (!peer.write(block)) {
          peer.once('drain', send);
          return;
        }
      }
      peer.end();
    };
    const rssBefore = process.memoryUsage().rss;
    send();
    let last = -1;
    await eventually(
      () => {
        const stalled = handedOver === last && peer.writableNeedDrain;
        last = handedOver;
        return stalled;
      },
      { intervalMs: 150 },
    );
    // Kernel buffers on two hops take some; the proxy itself must not take the rest.
    expect(handedOver).toBeLessThan(total / 2);
    expect(process.memoryUsage().rss - rssBefore).toBeLessThan(80_000_000);
    client.socket.resume();
    const { how, bytes } = await client.over();
    expect(how).toBe('end');
    expect(bytes.length).toBe(total * block.length);
    await client.close();
  });
});
