import { once } from 'node:events';
import { connect } from 'node:tls';
import * as fc from 'fast-check';
import { temporaryFolder } from '@hanok/testkit';
import { V2ProxyProtocol } from 'proxy-protocol-js';
import { describe, expect, it } from 'vitest';
import { encodeProxyHeader } from '../../src/proxy-protocol/encode-header.ts';
import { parseProxyHeader } from '../../src/proxy-protocol/parse-header.ts';
import {
  MAX_HEADER_BYTES,
  TLV_AUTHORITY,
  TLV_CRC32C,
  TLV_NOOP,
} from '../../src/proxy-protocol/proxy-header.ts';
import { ProxyPolicy } from '../../src/proxy-protocol/proxy-policy.ts';
import { makeCertificate } from '../fixtures/certificates.ts';
import { startEcho, TestClient } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

const claimed = {
  source: '203.0.113.7',
  destination: '198.51.100.1',
  sourcePort: 4_242,
  destinationPort: 8_080,
};
const UNIQUE_ID = 0x05;
const id = { type: UNIQUE_ID, value: new Uint8Array(Buffer.from('request-7')) };

const tlvsOf = (bytes: Uint8Array) => {
  const parsed = parseProxyHeader(bytes);
  if (parsed.kind !== 'header') throw new Error(`no header: ${parsed.kind}`);
  return parsed.header.tlvs.filter(({ type }) => type !== TLV_CRC32C);
};

describe('fields of a PROXY header', () => {
  it('are written so that this parser and an independent one read them back, as many as fit', () => {
    const field = fc.record({
      type: fc.integer({ min: 0xe0, max: 0xef }),
      value: fc.uint8Array({ maxLength: 900 }),
    });
    fc.assert(
      fc.property(fc.array(field, { maxLength: 5 }), (fields) => {
        const header = encodeProxyHeader(2, claimed, fields);
        expect(header.length).toBeLessThanOrEqual(MAX_HEADER_BYTES);
        const read = tlvsOf(header);
        expect(fields).toEqual(expect.arrayContaining(read));
        const size = fields.reduce((sum, { value }) => sum + 3 + value.length, 0);
        expect(read.length === fields.length).toBe(16 + 12 + 7 + size <= MAX_HEADER_BYTES);
        expect(V2ProxyProtocol.parse(new Uint8Array(header))?.proxyAddress).toBeDefined();
      }),
    );
  });

  it('are passed on but for the checksum and the padding; a name of its own replaces one that was told', () => {
    const policy = new ProxyPolicy({ from: [], to: 2, headerTimeoutMs: 1 });
    const told = [
      { type: TLV_NOOP, value: new Uint8Array(9) },
      { type: TLV_AUTHORITY, value: new Uint8Array(Buffer.from('told.test')) },
      id,
    ];
    expect(tlvsOf(policy.greeting(claimed, told) ?? new Uint8Array())).toEqual(told.slice(1));
    expect(tlvsOf(policy.greeting(claimed, told, 'own.test') ?? new Uint8Array())).toEqual([
      { type: TLV_AUTHORITY, value: new Uint8Array(Buffer.from('own.test')) },
      id,
    ]);
  });

  it('reach the backend of a running proxy', async () => {
    await using echo = await startEcho();
    await using proxy = await startTestProxy({
      config: { workers: 1, proxyProtocolFrom: ['127.0.0.1'], proxyProtocolTo: 'v2' },
    });
    await proxy.addBackend('echo', echo.port);
    const client = new TestClient(proxy.port).write(encodeProxyHeader(2, claimed, [id])).end();
    expect(tlvsOf((await client.over()).bytes)).toEqual([id]);
  });

  it('tell the backend the name that a client asked for by TLS', async () => {
    await using echo = await startEcho();
    await using folder = temporaryFolder();
    const { chainFile, keyFile } = await makeCertificate(folder.path, ['game.test']);
    await using proxy = await startTestProxy({
      config: { workers: 1, proxyProtocolTo: 'v2', tlsCertificates: [`${chainFile}+${keyFile}`] },
    });
    await proxy.addBackend('echo', echo.port);
    const client = connect({
      port: proxy.port,
      host: '127.0.0.1',
      servername: 'game.test',
      rejectUnauthorized: false,
    });
    const [bytes] = (await once(client, 'data')) as [Buffer];
    expect(tlvsOf(bytes)).toEqual([{ type: TLV_AUTHORITY, value: new Uint8Array(Buffer.from('game.test')) }]);
    client.destroy();
    await proxy.idle();
  });
});
