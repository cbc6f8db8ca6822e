import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { eventually, freePort, temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LbProxyConfig } from '../../src/config.ts';
import { encodeProxyHeader } from '../../src/proxy-protocol/encode-header.ts';
import { joinFiles, makeCertificate, type TestCertificate } from '../fixtures/certificates.ts';
import { startEcho, startServer, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { readStats, startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

/** A TLS client that trusts anyone, with half-open semantics. */
class TlsClient {
  readonly socket: TLSSocket;
  readonly carrier: Socket;
  readonly #chunks: Buffer[] = [];
  readonly #over: Promise<string>;

  constructor(port: number, options: ConnectionOptions = {}, before: Uint8Array = new Uint8Array(0)) {
    this.carrier = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.carrier.on('error', () => undefined);
    this.carrier.write(before);
    this.socket = connect({ socket: this.carrier, rejectUnauthorized: false, ...options });
    this.#over = new Promise((resolve) => {
      this.socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      this.socket.on('end', () => resolve('end'));
      this.socket.on('close', () => resolve('close'));
    });
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** How the server's side ended: `end`, or an error's code. */
  over(): Promise<string> {
    return this.#over;
  }

  async close(): Promise<void> {
    if (this.socket.closed) return;
    this.socket.destroy();
    await once(this.socket, 'close');
  }
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('terminated TLS', () => {
  let folder: TemporaryFolder;
  let game: TestCertificate;
  let star: TestCertificate;
  let later: TestCertificate;
  let echo: TestServer;

  beforeAll(async () => {
    folder = temporaryFolder();
    [game, star, later] = await Promise.all([
      makeCertificate(folder.path, ['game.example.com']),
      makeCertificate(folder.path, ['*.rooms.example.com', 'rooms.example.com']),
      makeCertificate(folder.path, ['game.example.com'], 2),
    ]);
    echo = await startEcho();
  });

  afterAll(async () => {
    await echo[Symbol.asyncDispose]();
    await folder.remove();
  });

  const pair = ({ chainFile, keyFile }: TestCertificate): string => `${chainFile}+${keyFile}`;

  async function start(config: Partial<LbProxyConfig> = {}, port = echo.port): Promise<TestProxy> {
    const proxy = await startTestProxy({
      config: {
        workers: 1,
        tlsCertificates: [pair(game), pair(star)],
        tlsHandshakeTimeoutMs: 20_000,
        ...config,
      },
    });
    await proxy.addBackend('one', port);
    return proxy;
  }

  async function certificateOf(port: number, options: ConnectionOptions): Promise<string> {
    const client = new TlsClient(port, options);
    await once(client.socket, 'secureConnect');
    const { subject, subjectaltname } = client.socket.getPeerCertificate();
    client.socket.end();
    await client.over();
    await client.close();
    return `${String(subject.CN)}: ${subjectaltname ?? ''}`;
  }

  it('answers with the certificate of the name, else with the first, at TLS 1.2 and up', async () => {
    await using proxy = await start();
    expect(await certificateOf(proxy.port, { servername: 'a.rooms.example.com' })).toMatch(/\*\.rooms/);
    expect(await certificateOf(proxy.port, { servername: 'Rooms.example.com' })).toMatch(/\*\.rooms/);
    expect(await certificateOf(proxy.port, { servername: 'game.example.com' })).toMatch(/DNS:game/);
    expect(await certificateOf(proxy.port, { servername: 'b.a.rooms.example.com' })).toMatch(/DNS:game/);
    expect(await certificateOf(proxy.port, {})).toMatch(/DNS:game/);
    expect(await certificateOf(proxy.port, { maxVersion: 'TLSv1.2' })).toMatch(/DNS:game/);
    const old = new TlsClient(proxy.port, {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    });
    expect(await old.over()).toMatch(/ALERT/);
    await old.close();
    await proxy.idle();
    expect((await readStats(proxy))['refused']).toMatchObject({ 'tls-handshake': 1 });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'relays bytes exactly and half-closes both ways, %s',
    async (version) => {
      await using proxy = await start({ relayBufferBytes: 4_096 });
      const sizes = fc.array(
        fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 5_000, max: 400_000 })),
        {
          maxLength: 8,
        },
      );
      await fc.assert(
        fc.asyncProperty(sizes, fc.nat({ max: 30 }), async (chunkSizes, readDelayMs) => {
          const client = new TlsClient(proxy.port, { minVersion: version, maxVersion: version });
          client.socket.pause();
          setTimeout(() => client.socket.resume(), readDelayMs);
          await once(client.socket, 'secureConnect');
          const chunks = chunkSizes.map((size, index) => Buffer.alloc(size, `${index}:${size};`));
          for (const chunk of chunks) client.socket.write(chunk);
          client.socket.end();
          expect(await client.over()).toBe('end');
          expect(digest(client.bytes)).toBe(digest(Buffer.concat(chunks)));
        }),
        { seed: 11, numRuns: 25, endOnFailure: true },
      );
      await proxy.idle();
      const { body } = await proxy.call('GET', '/v1/stats');
      expect(body['ended']).toMatchObject({ 'client-reset': 0, 'backend-reset': 0 });
    },
  );

  it('keeps a direction open when the other one is finished', async () => {
    await using finishing = await startServer((socket) => {
      socket.on('data', (chunk) => {
        if (chunk.includes('first')) socket.end('done');
      });
    });
    await using proxy = await start({ checkIntervalMs: 3_600_000 }, finishing.port);
    const client = new TlsClient(proxy.port);
    client.socket.write('first');
    expect(await client.over()).toBe('end');
    expect(client.bytes.toString()).toBe('done');
    const socket = finishing.sockets.at(-1);
    client.socket.end('second');
    await eventually(() => socket?.bytesRead === 'firstsecond'.length);
    await proxy.idle();
  });

  it('carries a reset across, both ways', async () => {
    await using abrupt = await startServer((socket) => {
      socket.on('data', (chunk) => {
        if (chunk.includes('reset')) socket.resetAndDestroy();
        else socket.write(chunk);
      });
    });
    await using proxy = await start({}, abrupt.port);
    const byBackend = new TlsClient(proxy.port);
    byBackend.socket.write('reset');
    expect(await byBackend.over()).toBe('ECONNRESET');
    const byClient = new TlsClient(proxy.port);
    byClient.socket.write('hi');
    await eventually(() => byClient.bytes.toString() === 'hi');
    const codes: string[] = [];
    for (const socket of abrupt.sockets) {
      socket.on('error', (error: NodeJS.ErrnoException) => codes.push(error.code ?? ''));
    }
    byClient.carrier.resetAndDestroy();
    await eventually(() => codes.includes('ECONNRESET'));
    await proxy.idle();
    const { body } = await proxy.call('GET', '/v1/stats');
    expect(body['ended']).toMatchObject({ 'client-reset': 1, 'backend-reset': 1 });
  });

  it('takes a PROXY header off before the handshake, in the same packet too', async () => {
    await using proxy = await start({ proxyProtocolFrom: ['127.0.0.1'] });
    const address = { source: '203.0.113.7', destination: '198.51.100.1', sourcePort: 1, destinationPort: 2 };
    const client = new TlsClient(proxy.port, {}, encodeProxyHeader(2, address));
    client.socket.end('hello');
    expect(await client.over()).toBe('end');
    expect(client.bytes.toString()).toBe('hello');
    const { body } = await proxy.call('GET', '/v1/decisions');
    expect(body['items']).toMatchObject([{ source: address.source }]);
  });

  it('routes by the name of the handshake, and by a token inside', async () => {
    const backends = [await startEcho('a>'), await startEcho('b>'), await startEcho('room>')];
    await using proxy = await startTestProxy({
      config: {
        workers: 1,
        tlsCertificates: [pair(game)],
        serverNames: ['*.rooms.example.com=rooms'],
        token: 'bytes:0:2',
        firstBytesTimeoutMs: 20_000,
      },
    });
    for (const [index, id] of ['a', 'b', 'room'].entries()) {
      await proxy.addBackend(id, backends[index]?.port ?? 0, id === 'room' ? { pool: 'rooms' } : {});
    }
    const ask = async (text: string, servername: string): Promise<string> => {
      const client = new TlsClient(proxy.port, { servername });
      client.socket.end(text);
      await client.over();
      return client.bytes.toString();
    };
    expect(await ask('xxhello', 'x.rooms.example.com')).toBe('room>xxhello');
    const answers = new Set<string>();
    for (let round = 0; round < 4; round += 1) answers.add(await ask('77hello', 'game.example.com'));
    expect([...answers]).toEqual([expect.stringMatching(/^[ab]>77hello$/)]);
    await Promise.all(backends.map((backend) => backend[Symbol.asyncDispose]()));
  });

  it('refuses who does not shake hands, in time or at all, and counts it', async () => {
    await using proxy = await start({ tlsHandshakeTimeoutMs: 200 });
    const silent = new TestClient(proxy.port);
    const half = new TestClient(proxy.port).write(Buffer.from([22, 3, 1, 2]));
    const gone = new TestClient(proxy.port).write(Buffer.from([22, 3, 1, 2])).end();
    const wrong = new TestClient(proxy.port).write('GET / HTTP/1.1\r\n\r\n');
    expect((await silent.over()).how).toBe('ECONNRESET');
    expect((await half.over()).how).toBe('ECONNRESET');
    expect((await gone.over()).how).toBe('ECONNRESET');
    await wrong.over();
    await wrong.close();
    await proxy.idle();
    expect((await readStats(proxy))['refused']).toMatchObject({ 'tls-handshake': 4 });
    const after = new TlsClient(proxy.port);
    after.socket.end('fine');
    await after.over();
    expect(after.bytes.toString()).toBe('fine');
  });

  it('reads certificates again with every reload; an unusable one changes nothing', async () => {
    const bundle = join(folder.path, 'bundle.pem');
    const write = async ({ chainFile, keyFile }: TestCertificate): Promise<void> =>
      joinFiles(bundle, [await readFile(chainFile, 'utf8'), await readFile(keyFile, 'utf8')]);
    await write(game);
    const configFile = join(folder.path, 'listeners.json');
    const port = await freePort();
    const listener = {
      name: 'secure',
      listen: `127.0.0.1:${port}`,
      backends: [`a@127.0.0.1:${echo.port}`],
      tlsCertificates: [bundle],
    };
    await writeFile(configFile, JSON.stringify({ listeners: [listener] }));
    await using proxy = await startTestProxy({ config: { configFile, workers: 2 } });
    const open = new TlsClient(port);
    open.socket.write('1');
    await eventually(() => open.bytes.toString() === '1');
    const seen = (): Promise<string> => certificateOf(port, {});
    expect(await seen()).toMatch(/^version 1/);

    await copyFile(later.chainFile, bundle);
    expect(await proxy.call('POST', '/v1/reload', {})).toMatchObject({
      status: 422,
      body: { code: 'config_invalid' },
    });
    expect(await seen()).toMatch(/^version 1/);

    await write(later);
    expect(await proxy.call('POST', '/v1/reload', {})).toMatchObject({ status: 200, body: { changes: [] } });
    await eventually(
      async () => (await seen()).startsWith('version 2') && (await seen()).startsWith('version 2'),
    );
    await writeFile(
      configFile,
      JSON.stringify({ listeners: [{ ...listener, tlsCertificates: [bundle, pair(star)] }] }),
    );
    expect((await proxy.call('POST', '/v1/reload', {})).body['changes']).toMatchObject([
      { action: 'change' },
    ]);
    await eventually(async () =>
      (await certificateOf(port, { servername: 'rooms.example.com' })).includes('rooms'),
    );
    open.socket.write('2');
    await eventually(() => open.bytes.toString() === '12');
    await open.close();
  });

  it('reads them again also where the listener comes from the environment', async () => {
    const bundle = join(folder.path, 'alone.pem');
    const write = async ({ chainFile, keyFile }: TestCertificate): Promise<void> =>
      joinFiles(bundle, [await readFile(chainFile, 'utf8'), await readFile(keyFile, 'utf8')]);
    await write(game);
    await using proxy = await start({ tlsCertificates: [bundle] });
    expect(await certificateOf(proxy.port, {})).toMatch(/^version 1/);
    await write(later);
    await proxy.app.reload();
    await eventually(async () => (await certificateOf(proxy.port, {})).startsWith('version 2'));
    expect((await proxy.call('GET', '/v1/backends/one')).body['health']).toBe('up');
  });

  it('does not start without a certificate it can use', async () => {
    const wrong = [join(folder.path, 'nowhere.pem'), game.chainFile, `${game.chainFile}+${star.keyFile}`];
    await expect(start({ tlsCertificates: wrong })).rejects.toThrow(
      /nowhere\.pem: ENOENT.*game.*game.*star/s,
    );
  });
});
