import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as secureConnect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/load-config.ts';
import type { TlsSettings } from '../../src/config/tls-config.ts';
import { createServer, type HanokServer } from '../../src/http/create-server.ts';
import { parseProxyHeader } from '../../src/http/proxy-header.ts';

const V2_START = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const v2 = (command: number, family: number, addresses: readonly number[]) =>
  Buffer.concat([V2_START, Buffer.from([command, family, 0, addresses.length]), Buffer.from(addresses)]);
const v2Ipv4 = v2(0x21, 0x11, [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x34, 0, 80]);
const v2Ipv6 = v2(0x21, 0x21, [
  0x20,
  0x01,
  0x0d,
  0xb8,
  ...Array<number>(11).fill(0),
  9,
  ...Array<number>(20).fill(1),
]);

describe('parseProxyHeader', () => {
  it.each([
    ['PROXY TCP4 203.0.113.7 10.0.0.1 4660 80\r\n', '203.0.113.7'],
    ['PROXY TCP6 2001:db8::9 ::1 4660 80\r\n', '2001:db8::9'],
    ['PROXY UNKNOWN\r\n', undefined],
    [v2Ipv4, '203.0.113.7'],
    [v2Ipv6, '2001:db8::9'],
    [v2(0x20, 0x00, []), undefined],
  ])('reads %j, from its first byte on', (text, address) => {
    const bytes = Buffer.from(text);
    for (let size = 1; size < bytes.length; size += 1) {
      expect(parseProxyHeader(bytes.subarray(0, size)), String(size)).toEqual({ kind: 'more' });
    }
    const withRest = Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')]);
    expect(parseProxyHeader(withRest)).toEqual({ kind: 'header', sizeBytes: bytes.length, address });
  });

  it.each([
    'PROXY TCP4 nonsense 10.0.0.1 1 2\r\n',
    'PROXY TCP4 203.0.113.7\r\n',
    `PROXY TCP4 ${'1'.repeat(120)}`,
    v2(0x22, 0x11, [1, 2, 3, 4]),
    v2(0x21, 0x12, [1, 2, 3, 4]),
    v2(0x21, 0x11, [1, 2, 3, 4]),
  ])('refuses %j', (text) => {
    expect(parseProxyHeader(Buffer.from(text))).toEqual({ kind: 'malformed' });
  });

  it.each(['GET / HTTP/1.1\r\n', 'POST /', '\x16\x03\x01'])('leaves %j alone', (text) => {
    expect(parseProxyHeader(Buffer.from(text))).toEqual({ kind: 'none' });
  });
});

describe('a server behind trusted proxies', () => {
  const servers: HanokServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
  const start = async (trustedProxies?: readonly string[], tls: TlsSettings = {}) => {
    const server = await createServer({
      name: 'test',
      description: 'test',
      host: '127.0.0.1',
      tls,
      ...(trustedProxies === undefined ? {} : { trustedProxies }),
    });
    servers.push(server);
    server.post('/ip', (request) => ({ ip: request.ip, body: request.body }));
    await server.listen({ host: '127.0.0.1', port: 0 });
    return (server.server.address() as AddressInfo).port;
  };
  const request = (headers = '', body = '{"n":1}') =>
    `POST /ip HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;
  /** What comes back for these pieces, each sent when the one before has gone. */
  const send = async (port: number, pieces: readonly (string | Buffer)[], answers = 1) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
    while (!socket.destroyed && [...text.matchAll(/"ip"/gu)].length < answers) {
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5))]);
    }
    socket.destroy();
    await closed;
    return [...text.matchAll(/"ip":"([^"]*)"/gu)].map(([, ip]) => ip);
  };
  const line = 'PROXY TCP4 203.0.113.7 10.0.0.1 4660 80\r\n';

  it('knows the client by a header, whole, in pieces or with the request, and for every request of the connection', async () => {
    const port = await start(['127.0.0.0/8']);
    expect(await send(port, [line, request()])).toEqual(['203.0.113.7']);
    expect(await send(port, [line + request() + request()], 2)).toEqual(['203.0.113.7', '203.0.113.7']);
    expect(await send(port, [line.slice(0, 3), line.slice(3), request(), request()], 2)).toHaveLength(2);
    expect(await send(port, [Buffer.concat([v2Ipv6, Buffer.from(request())])])).toEqual(['2001:db8::9']);
    expect(await send(port, [line + request('x-forwarded-for: 198.51.100.1\r\n')]), 'no trusted one').toEqual(
      ['203.0.113.7'],
    );
  });

  it('takes a trusted proxy at its word by X-Forwarded-For, and serves it without either', async () => {
    const port = await start(['127.0.0.1']);
    expect(await send(port, [request()])).toEqual(['127.0.0.1']);
    expect(await send(port, [request('x-forwarded-for: 198.51.100.1\r\n')])).toEqual(['198.51.100.1']);
    expect(await send(port, [request('x-forwarded-for: 6.6.6.6, 198.51.100.1\r\n')])).toEqual([
      '198.51.100.1',
    ]);
    expect(await send(port, ['PROXY TCP4 nonsense\r\n', request()])).toEqual([]);
  });

  it('believes nobody else', async () => {
    for (const trustedProxies of [undefined, ['10.0.0.0/8']]) {
      const port = await start(trustedProxies);
      expect(await send(port, [request('x-forwarded-for: 198.51.100.1\r\n')])).toEqual(['127.0.0.1']);
      expect(await send(port, [line, request()])).toEqual([]);
    }
  });

  it('knows the client of a TLS connection, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hanok-proxy-tls-'));
    const [tlsKeyFile, tlsCertFile] = [join(folder, 'key'), join(folder, 'crt')];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=x'];
    execFileSync('openssl', ['req', '-x509', ...key, '-keyout', tlsKeyFile, '-out', tlsCertFile], {
      stdio: 'ignore',
    });
    const port = await start(['127.0.0.1'], { tlsKeyFile, tlsCertFile });
    const ca = readFileSync(tlsCertFile);
    rmSync(folder, { recursive: true });
    const raw = connect(port, '127.0.0.1');
    raw.write(line);
    const socket = secureConnect({ socket: raw, ca, checkServerIdentity: () => undefined });
    socket.write(request());
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toContain('"ip":"203.0.113.7"');
    socket.destroy();
  });

  it('refuses what is no address', async () => {
    await expect(start(['lb.example.com'])).rejects.toThrow(ConfigError);
    await expect(start(['10.0.0.0/99'])).rejects.toThrow('TRUSTED_PROXIES');
  });
});
