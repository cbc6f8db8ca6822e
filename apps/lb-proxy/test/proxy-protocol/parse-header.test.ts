import * as fc from 'fast-check';
import {
  Command,
  INETProtocol,
  IPv4Address,
  IPv4ProxyAddress,
  IPv6Address,
  IPv6ProxyAddress,
  Peer,
  TransportProtocol,
  V1ProxyProtocol,
  V2ProxyProtocol,
} from 'proxy-protocol-js';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/proxy-protocol/crc32c.ts';
import { encodeProxyHeader } from '../../src/proxy-protocol/encode-header.ts';
import { parseProxyHeader } from '../../src/proxy-protocol/parse-header.ts';
import { V2_SIGNATURE, type ProxiedAddresses } from '../../src/proxy-protocol/proxy-header.ts';

const port = fc.integer({ min: 0, max: 65_535 });
const octets = fc.uint8Array({ minLength: 4, maxLength: 4 });
const groups = fc.uint8Array({ minLength: 16, maxLength: 16 });
const text4 = (bytes: Uint8Array): string => bytes.join('.');
const text6 = (bytes: Uint8Array): string => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const hex = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index).toString(16));
  return new URL(`http://[${hex.join(':')}]`).hostname.slice(1, -1);
};
const four = (bytes: Uint8Array) => [...bytes] as Parameters<typeof IPv4Address.createFrom>[0];
const sixteen = (bytes: Uint8Array) => [...bytes] as Parameters<typeof IPv6Address.createFrom>[0];
const addresses4 = fc
  .tuple(octets, octets, port, port)
  .map(([source, destination, sourcePort, destinationPort]) => ({
    source: text4(source),
    destination: text4(destination),
    sourcePort,
    destinationPort,
  }));
const addresses6 = fc
  .tuple(groups, groups, port, port)
  .map(([source, destination, sourcePort, destinationPort]) => ({
    source: text6(source),
    destination: text6(destination),
    sourcePort,
    destinationPort,
  }));
const addresses = fc.oneof(addresses4, addresses6);

const addressesOf = (bytes: Uint8Array): ProxiedAddresses | null | undefined => {
  const parsed = parseProxyHeader(bytes);
  return parsed.kind === 'header' ? parsed.header.addresses : undefined;
};

/** A version 2 header from its parts, for headers nobody should send. */
function v2(command: number, family: number, body: Uint8Array, statedSize = body.length): Buffer {
  return Buffer.concat([
    V2_SIGNATURE,
    Buffer.from([command, family, statedSize >> 8, statedSize & 255]),
    body,
  ]);
}

describe('PROXY header', () => {
  it('comes back as it was written, in both versions, and is complete with its last byte only', () => {
    fc.assert(
      fc.property(
        addresses,
        fc.constantFrom(1 as const, 2 as const),
        fc.uint8Array(),
        (expected, version, rest) => {
          const header = encodeProxyHeader(version, expected);
          const parsed = parseProxyHeader(Buffer.concat([header, rest]));
          expect(parsed).toMatchObject({
            kind: 'header',
            header: { version, sizeBytes: header.length, addresses: expected },
          });
          for (let size = 0; size < header.length; size += 1) {
            expect(parseProxyHeader(header.subarray(0, size)).kind).toBe('more');
          }
        },
      ),
    );
  });

  it('is read as an independent implementation writes it', () => {
    fc.assert(
      fc.property(octets, octets, port, port, (source, destination, from, to) => {
        const expected = {
          source: text4(source),
          destination: text4(destination),
          sourcePort: from,
          destinationPort: to,
        };
        const first = new V1ProxyProtocol(
          INETProtocol.TCP4,
          new Peer(expected.source, from),
          new Peer(expected.destination, to),
        ).build();
        expect(addressesOf(Buffer.from(first))).toEqual(expected);
        const second = new V2ProxyProtocol(
          Command.PROXY,
          TransportProtocol.STREAM,
          new IPv4ProxyAddress(
            IPv4Address.createFrom(four(source)),
            from,
            IPv4Address.createFrom(four(destination)),
            to,
          ),
        ).build();
        expect(addressesOf(second)).toEqual(expected);
      }),
    );
    fc.assert(
      fc.property(groups, groups, port, port, (source, destination, from, to) => {
        const header = new V2ProxyProtocol(
          Command.PROXY,
          TransportProtocol.STREAM,
          new IPv6ProxyAddress(
            IPv6Address.createFrom(sixteen(source)),
            from,
            IPv6Address.createFrom(sixteen(destination)),
            to,
          ),
        ).build();
        expect(addressesOf(header)).toEqual({
          source: text6(source),
          destination: text6(destination),
          sourcePort: from,
          destinationPort: to,
        });
      }),
    );
  });

  it('is read by an independent implementation as it is written here', () => {
    fc.assert(
      fc.property(addresses4, (expected) => {
        const first = V1ProxyProtocol.parse(encodeProxyHeader(1, expected).toString('latin1'));
        expect(first?.source).toMatchObject({ ipAddress: expected.source, port: expected.sourcePort });
        const second = V2ProxyProtocol.parse(new Uint8Array(encodeProxyHeader(2, expected)));
        expect(second?.proxyAddress).toMatchObject({
          sourcePort: expected.sourcePort,
          destinationPort: expected.destinationPort,
        });
      }),
    );
  });

  it('may say that the client is not known', () => {
    expect(addressesOf(encodeProxyHeader(1, null))).toBeNull();
    expect(addressesOf(encodeProxyHeader(2, null))).toBeNull();
    expect(addressesOf(Buffer.from('PROXY UNKNOWN ffff::1 whatever 1 2\r\n'))).toBeNull();
    expect(addressesOf(v2(0x20, 0x11, Buffer.alloc(12)))).toBeNull();
  });

  it('carries fields', () => {
    const fields = Buffer.from([0x04, 0, 2, 9, 9, 0xe0, 0, 1, 7]);
    const parsed = parseProxyHeader(v2(0x21, 0x11, Buffer.concat([Buffer.alloc(12, 1), fields])));
    expect(parsed).toMatchObject({
      header: {
        tlvs: [
          { type: 4, value: Uint8Array.of(9, 9) },
          { type: 0xe0, value: Uint8Array.of(7) },
        ],
      },
    });
  });

  it.each([
    ['other bytes', Buffer.from('GET / HTTP/1.1\r\n')],
    ['lower case', Buffer.from('proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n')],
    ['an address out of range', Buffer.from('PROXY TCP4 256.1.1.1 2.2.2.2 1 2\r\n')],
    ['an address of the other family', Buffer.from('PROXY TCP4 ::1 ::2 1 2\r\n')],
    ['a zone', Buffer.from('PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n')],
    ['a port out of range', Buffer.from('PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n')],
    ['a port with a leading zero', Buffer.from('PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n')],
    ['a negative port', Buffer.from('PROXY TCP4 1.1.1.1 2.2.2.2 -1 2\r\n')],
    ['two spaces', Buffer.from('PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n')],
    ['no carriage return', Buffer.from('PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n')],
    ['a word too many', Buffer.from('PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n')],
    ['a line without end', Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`)],
    ['UDP', Buffer.from('PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n')],
    ['version 3', v2(0x31, 0x11, Buffer.alloc(12))],
    ['an unknown command', v2(0x22, 0x11, Buffer.alloc(12))],
    ['datagrams', v2(0x21, 0x12, Buffer.alloc(12))],
    ['a UNIX socket', v2(0x21, 0x31, Buffer.alloc(216))],
    ['too few bytes for its addresses', v2(0x21, 0x21, Buffer.alloc(12))],
    ['a field beyond the end', v2(0x21, 0x11, Buffer.from([...Buffer.alloc(12), 4, 0, 9]))],
    ['half a field', v2(0x21, 0x11, Buffer.from([...Buffer.alloc(12), 4, 0]))],
    ['a length of 60,000', v2(0x21, 0x11, Buffer.alloc(12), 60_000)],
    ['a checksum of the wrong size', v2(0x21, 0x11, Buffer.from([...Buffer.alloc(12), 3, 0, 1, 0]))],
  ])('is refused with %s', (_, bytes) => {
    expect(parseProxyHeader(bytes).kind).toBe('malformed');
  });

  it('is refused when any bit of a header with a checksum is changed', () => {
    const header = encodeProxyHeader(2, {
      source: '10.1.2.3',
      destination: '10.4.5.6',
      sourcePort: 1_234,
      destinationPort: 80,
    });
    const typeAt = header.length - 7;
    for (let bit = 0; bit < header.length * 8; bit += 1) {
      // Without its type, the checksum is some other field.
      if (bit >> 3 === typeAt) continue;
      const changed = Buffer.from(header);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(addressesOf(changed)?.source, `bit ${bit}`).toBeUndefined();
    }
  });

  it('never throws, hangs or reads beyond the end, whatever comes', () => {
    const beginnings = [
      Buffer.alloc(0),
      Buffer.from('PROXY TCP4 1.2.3.4 '),
      v2(0x21, 0x11, Buffer.alloc(0), 24),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }), (beginning, rest) => {
        const bytes = Buffer.concat([beginning, rest]);
        const parsed = parseProxyHeader(bytes);
        const sizeBytes = parsed.kind === 'header' ? parsed.header.sizeBytes : 0;
        expect(sizeBytes).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 20_000 },
    );
  });
});

it('crc32c is that of RFC 3720, appendix B.4', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});
