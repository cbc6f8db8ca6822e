import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import type { LbProxyConfig } from '../../src/config.ts';
import { encodeProxyHeader } from '../../src/proxy-protocol/encode-header.ts';
import { parseProxyHeader } from '../../src/proxy-protocol/parse-header.ts';
import { startEcho, TestClient } from '../fixtures/tcp.ts';
import { ENGINES, readStats, startTestProxy } from '../fixtures/test-proxy.ts';

const claimed = {
  source: '203.0.113.7',
  destination: '198.51.100.1',
  sourcePort: 4_242,
  destinationPort: 8_080,
};

describe.each(ENGINES)('PROXY protocol: %s', (relay) => {
  async function start(config: Partial<LbProxyConfig>) {
    const echo = await startEcho();
    const proxy = await startTestProxy({
      config: { relay, workers: 1, proxyHeaderTimeoutMs: 20_000, ...config },
    });
    await proxy.addBackend('echo', echo.port);
    return {
      proxy,
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await echo[Symbol.asyncDispose]();
      },
    };
  }

  it.each([1, 2] as const)(
    'takes the header of a trusted proxy off and believes it, version %i',
    async (version) => {
      await using running = await start({ proxyProtocolFrom: ['127.0.0.0/8'] });
      const header = encodeProxyHeader(version, claimed);
      const client = new TestClient(running.proxy.port)
        .write(Buffer.concat([header, Buffer.from('hello')]))
        .end();
      expect((await client.over()).bytes.toString()).toBe('hello');
      const { body } = await running.proxy.call('GET', '/v1/decisions');
      expect(body['items']).toMatchObject([{ source: claimed.source }]);
    },
  );

  it('waits for a header that comes in pieces, and relays nothing of it', async () => {
    await using running = await start({ proxyProtocolFrom: ['127.0.0.1'] });
    const header = encodeProxyHeader(2, claimed);
    const client = new TestClient(running.proxy.port);
    for (const [from, to] of [
      [0, 3],
      [3, 13],
      [13, header.length],
    ]) {
      client.write(header.subarray(from, to));
      // Apart enough that they arrive as pieces; should they not, the test is merely less strict.
      await sleep(15);
    }
    client.write('ab');
    await eventually(() => client.text === 'ab');
    client.write('cd').end();
    expect((await client.over()).bytes.toString()).toBe('abcd');
  });

  it('relays a client that speaks only after its header, or never', async () => {
    await using running = await start({ proxyProtocolFrom: ['127.0.0.1'] });
    const client = new TestClient(running.proxy.port).write(encodeProxyHeader(1, claimed));
    await eventually(async () => {
      const { body } = await running.proxy.call('GET', '/v1/backends/echo');
      return body['activeConnections'] === 1;
    });
    client.write('later').end();
    expect((await client.over()).bytes.toString()).toBe('later');
    await running.proxy.idle();
  });

  it('refuses what is no header, or is not complete in time, and counts it', async () => {
    await using running = await start({ proxyProtocolFrom: ['127.0.0.1'], proxyHeaderTimeoutMs: 150 });
    const { port } = running.proxy;
    const wrong = new TestClient(port).write('GET / HTTP/1.1\r\n\r\n');
    const half = new TestClient(port).write('PROXY TCP4 1.2.3');
    const silent = new TestClient(port);
    const answers = await Promise.all([wrong.over(), half.over(), silent.over()]);
    expect(answers.map(({ how }) => how)).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
    expect((await readStats(running.proxy))['refused']).toMatchObject({ 'proxy-header': 3 });
    await running.proxy.idle();
  });

  it('forgets a client that goes away in the middle of its header', async () => {
    await using running = await start({ proxyProtocolFrom: ['127.0.0.1'] });
    const client = new TestClient(running.proxy.port).write('PROXY TCP4');
    await eventually(() => running.proxy.balancer.state.open === 1);
    client.socket.resetAndDestroy();
    await running.proxy.idle();
    expect((await readStats(running.proxy))['connections']).toMatchObject({ clientGone: 1 });
  });

  it('takes a header from anyone else for ordinary bytes', async () => {
    await using running = await start({ proxyProtocolFrom: ['10.0.0.0/8', '2001:db8::/32'] });
    const client = new TestClient(running.proxy.port).write('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n').end();
    expect((await client.over()).bytes.toString()).toBe('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n');
  });

  it('limits by the address in the header', async () => {
    await using running = await start({ proxyProtocolFrom: ['127.0.0.1'], maxConnectionsPerSource: 1 });
    const connect = (source: string) =>
      new TestClient(running.proxy.port).write(encodeProxyHeader(2, { ...claimed, source })).write('x');
    const [first, second] = [connect('203.0.113.7'), connect('203.0.113.8')];
    await eventually(() => first.text === 'x' && second.text === 'x');
    expect((await connect('203.0.113.7').over()).how).toBe('ECONNRESET');
    await Promise.all([first.close(), second.close()]);
    await running.proxy.idle();
  });

  it('counts an IPv6 /64 as one source, and every IPv4 address as one', async () => {
    await using running = await start({ proxyProtocolFrom: ['127.0.0.1'], maxConnectionsPerSource: 1 });
    const connect = (source: string, destination: string) =>
      new TestClient(running.proxy.port)
        .write(encodeProxyHeader(2, { ...claimed, source, destination }))
        .write('x');
    const inside = [
      connect('2001:db8:0:1::1', '2001:db8::1'),
      connect('2001:db8:0:2::1', '2001:db8::1'),
      connect('203.0.113.7', claimed.destination),
      connect('203.0.113.8', claimed.destination),
    ];
    await eventually(() => inside.every(({ text }) => text === 'x'));
    const outside = [
      connect('2001:db8:0:1:ffff::9', '2001:db8::1'),
      connect('203.0.113.8', claimed.destination),
    ];
    const endings = await Promise.all(outside.map((client) => client.over()));
    expect(endings.map(({ how }) => how)).toEqual(['ECONNRESET', 'ECONNRESET']);
    const { refused } = await readStats(running.proxy);
    expect(refused).toMatchObject({ 'source-connection-limit': 2 });
    await Promise.all(inside.map((client) => client.close()));
    await running.proxy.idle();
  });

  it.each(['v1', 'v2'] as const)('tells backends who the client is, %s', async (proxyProtocolTo) => {
    await using running = await start({ proxyProtocolTo });
    const client = new TestClient(running.proxy.port).write('hi').end();
    const { bytes } = await client.over();
    const parsed = parseProxyHeader(bytes);
    const header = parsed.kind === 'header' ? parsed.header : undefined;
    expect(header?.version).toBe(proxyProtocolTo === 'v1' ? 1 : 2);
    expect(header?.addresses).toMatchObject({
      source: '127.0.0.1',
      destination: '127.0.0.1',
      destinationPort: running.proxy.port,
    });
    expect(header?.addresses?.sourcePort).toBeGreaterThan(1_023);
    expect(bytes.subarray(header?.sizeBytes).toString()).toBe('hi');
  });

  it('passes on what it was told itself', async () => {
    await using running = await start({ proxyProtocolFrom: ['127.0.0.1'], proxyProtocolTo: 'v2' });
    const header = encodeProxyHeader(1, claimed);
    const client = new TestClient(running.proxy.port).write(Buffer.concat([header, Buffer.from('hi')])).end();
    const { bytes } = await client.over();
    expect(parseProxyHeader(bytes)).toMatchObject({ header: { version: 2, addresses: claimed } });
    expect(bytes.toString()).toMatch(/hi$/);
  });
});
