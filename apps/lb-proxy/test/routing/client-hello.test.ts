import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_HELLO_BYTES, parseClientHello } from '../../src/routing/client-hello.ts';
import { clientHelloFor, inRecords } from '../fixtures/client-hello.ts';

const SEED = 20_240_701;

describe('ClientHello', () => {
  let hello: Buffer;
  let nameless: Buffer;

  beforeAll(async () => {
    [hello, nameless] = await Promise.all([clientHelloFor('Room-7.Games.example.com'), clientHelloFor(null)]);
  });

  it('tells the name OpenSSL put in, in lower case, or that there is none', async () => {
    expect(parseClientHello(hello)).toEqual({ kind: 'hello', serverName: 'room-7.games.example.com' });
    expect(parseClientHello(nameless)).toEqual({ kind: 'hello', serverName: null });
    for (const name of ['a', 'localhost', '_x.example.com', `${'a'.repeat(63)}.example.com`]) {
      expect(parseClientHello(await clientHelloFor(name))).toEqual({ kind: 'hello', serverName: name });
    }
  });

  it('is complete with its last byte only, over any fragments, whatever follows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 40 }),
        fc.uint8Array({ maxLength: 50 }),
        (sizes, rest) => {
          const bytes = inRecords(hello, sizes);
          const expected = { kind: 'hello', serverName: 'room-7.games.example.com' };
          expect(parseClientHello(Buffer.concat([bytes, rest]))).toEqual(expected);
          for (let size = 0; size < bytes.length; size += 1) {
            expect(parseClientHello(bytes.subarray(0, size)).kind).toBe('more');
          }
        },
      ),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('is told from other protocols by their first bytes', () => {
    for (const other of ['GET / HTTP/1.1', 'SSH-2.0-x', '\x16\x02', '\x16\x03\x01\x00\x00', '\x15\x03\x01']) {
      expect(parseClientHello(Buffer.from(other, 'latin1')).kind).toBe('other');
    }
    expect(parseClientHello(Buffer.from('\x16\x03\x01\x00\x01\x02', 'latin1')).kind).toBe('other');
  });

  it('is not read when a length in it disagrees with another', () => {
    const nameAt = hello.indexOf('Room-7');
    for (const [at, why] of [
      [nameAt - 1, 'name'],
      [nameAt - 4, 'list'],
      [nameAt - 6, 'extension'],
      [43, 'session id'],
    ] as const) {
      for (const change of [1, 255]) {
        const bytes = Buffer.from(hello);
        bytes[at] = ((bytes[at] ?? 0) + change) & 255;
        expect(parseClientHello(bytes).kind, `${why} ${change}`).toBe('other');
      }
    }
  });

  it('is not read with a name that is no host name', () => {
    for (const wrong of ['-', '.', '\0', ' ', '\xff']) {
      const bytes = Buffer.from(hello);
      bytes.write(wrong, hello.indexOf('Room-7'), 'latin1');
      expect(parseClientHello(bytes).kind, JSON.stringify(wrong)).toBe('other');
    }
  });

  it('is not waited for beyond 16 KiB', () => {
    const long = Buffer.concat([
      Buffer.from([22, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xf0]),
      Buffer.alloc(MAX_HELLO_BYTES),
    ]);
    expect(parseClientHello(long).kind).toBe('other');
    const slow = inRecords(
      Buffer.concat([Buffer.alloc(5), Buffer.from([1, 0, 0x30, 0]), Buffer.alloc(5_000)]),
      Array.from({ length: 5_000 }, () => 1),
    );
    expect(parseClientHello(slow.subarray(0, MAX_HELLO_BYTES - 1)).kind).toBe('more');
    expect(parseClientHello(slow.subarray(0, MAX_HELLO_BYTES)).kind).toBe('other');
  });

  it('of any kind, damaged or invented, neither throws nor yields a name that is not there', () => {
    const damaged = fc
      .tuple(
        fc.boolean(),
        fc.array(fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat({ max: 700 }),
      )
      .map(([named, changes, cut]) => {
        const bytes = Buffer.from(named ? hello : nameless);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes.subarray(0, Math.max(0, bytes.length - (cut > 350 ? 0 : cut)));
      });
    const invented = fc
      .uint8Array({ maxLength: 300 })
      .map((bytes) => Buffer.concat([Buffer.from([22, 3, 1]), bytes]));
    fc.assert(
      fc.property(fc.oneof(damaged, invented), (bytes) => {
        const parsed = parseClientHello(bytes);
        if (parsed.kind !== 'hello' || parsed.serverName === null) return;
        expect(bytes.toString('latin1').toLowerCase()).toContain(parsed.serverName);
      }),
      { seed: SEED, numRuns: 100_000 },
    );
  }, 30_000);
});
