import { eventually, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import type { LbProxyConfig } from '../../src/config.ts';
import { makeCertificate } from '../fixtures/certificates.ts';
import { startEcho, TestClient } from '../fixtures/tcp.ts';
import { ENGINES, readStats, startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

const CLIENTS = 100;
const DRIP_MS = 20;

/** Clients that send their first bytes one at a time, for as long as they are let. */
function dribble(proxy: TestProxy, text: string): { clients: TestClient[]; stop: () => void } {
  const clients = Array.from({ length: CLIENTS }, () => new TestClient(proxy.port));
  let sent = 0;
  const timer = setInterval(() => {
    for (const { socket } of clients) if (socket.writable) socket.write(text.charAt(sent % text.length));
    sent += 1;
  }, DRIP_MS);
  return { clients, stop: () => clearInterval(timer) };
}

describe.each(ENGINES)('clients that take their time: %s', (relay) => {
  const start = (config: Partial<LbProxyConfig>) => startTestProxy({ config: { relay, ...config } });

  it('cannot stretch the wait for a PROXY header byte by byte', async () => {
    await using proxy = await start({ proxyProtocolFrom: ['127.0.0.1'], proxyHeaderTimeoutMs: 300 });
    const { clients, stop } = dribble(proxy, 'PROXY TCP4 203.0.113.7 198.51.100.1 4242 8080 ');
    const endings = await Promise.all(clients.map((client) => client.over()));
    stop();
    expect(new Set(endings.map(({ how }) => how))).toEqual(new Set(['ECONNRESET']));
    expect((await readStats(proxy))['refused']).toMatchObject({ 'proxy-header': CLIENTS });
    await proxy.idle();
  });

  it('wait for a token only so long, and hold one buffer at most meanwhile', async () => {
    await using echo = await startEcho();
    await using proxy = await start({
      token: 'bytes:0:1024',
      firstBytesTimeoutMs: 300,
      relayBufferBytes: 1_024,
      idleTimeoutMs: 60_000,
    });
    await proxy.addBackend('echo', echo.port);
    const { clients, stop } = dribble(proxy, 'x');
    // The deadline sends them to the default pool, with every byte they had sent.
    await eventually(() => clients.every(({ text }) => text.length > 5));
    expect((await readStats(proxy))['refused']).toMatchObject({ 'queue-timeout': 0, 'connect-failed': 0 });
    stop();
    await Promise.all(clients.map((client) => client.close()));
    await proxy.idle();
  });

  it('are let go of when they say nothing', async () => {
    await using echo = await startEcho();
    await using proxy = await start({ idleTimeoutMs: 400 });
    await proxy.addBackend('echo', echo.port);
    const clients = Array.from({ length: CLIENTS }, () => new TestClient(proxy.port));
    const endings = await Promise.all(clients.map((client) => client.over()));
    expect(new Set(endings.map(({ how }) => how))).toEqual(new Set(['ECONNRESET']));
    await proxy.idle();
    expect((await readStats(proxy))['ended']).toMatchObject({ 'idle-timeout': CLIENTS });
  });
});

it('clients cannot stretch a TLS handshake byte by byte', async () => {
  await using folder = temporaryFolder();
  const { chainFile, keyFile } = await makeCertificate(folder.path, ['game.test']);
  await using proxy = await startTestProxy({
    config: { tlsCertificates: [`${chainFile}+${keyFile}`], tlsHandshakeTimeoutMs: 300 },
  });
  // The first bytes of a record that never becomes complete.
  const { clients, stop } = dribble(proxy, '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u0000');
  await Promise.all(clients.map((client) => client.over()));
  stop();
  expect((await readStats(proxy))['refused']).toMatchObject({ 'tls-handshake': CLIENTS });
  await proxy.idle();
});
