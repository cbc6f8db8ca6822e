import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTokenPlace } from '../../src/routing/parse-token-place.ts';
import { findToken, MAX_TOKEN_BYTES } from '../../src/routing/token.ts';

const place = fc.oneof(
  fc.record({
    kind: fc.constant('bytes' as const),
    offset: fc.nat({ max: 20 }),
    sizeBytes: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    kind: fc.constant('field' as const),
    offset: fc.nat({ max: 20 }),
    lengthBytes: fc.constantFrom(1, 2, 4),
  }),
);

describe('token', () => {
  it('has its place in one word', () => {
    expect(parseTokenPlace('off')).toBeUndefined();
    expect(parseTokenPlace('bytes:4:16')).toEqual({ kind: 'bytes', offset: 4, sizeBytes: 16 });
    expect(parseTokenPlace('field:0:2')).toEqual({ kind: 'field', offset: 0, lengthBytes: 2 });
    for (const wrong of ['bytes:0:0', 'bytes:1025:1', 'bytes:0:1025', 'field:0:3', 'field:0:0']) {
      expect(() => parseTokenPlace(wrong), wrong).toThrow(/TOKEN/);
    }
  });

  it('is found when its last byte is there, whatever surrounds it', () => {
    fc.assert(
      fc.property(
        place,
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.uint8Array({ maxLength: 20 }),
        (where, content, rest) => {
          const token =
            where.kind === 'bytes' ? Buffer.alloc(where.sizeBytes, content) : Buffer.from(content);
          const length = Buffer.alloc(where.kind === 'bytes' ? 0 : where.lengthBytes);
          if (length.length > 0) length.writeUIntBE(token.length, 0, length.length);
          const bytes = Buffer.concat([Buffer.alloc(where.offset, 'h'), length, token]);
          const parsed = findToken(where, Buffer.concat([bytes, rest]));
          expect(parsed.kind === 'token' && token.equals(parsed.bytes)).toBe(true);
          for (let size = 0; size < bytes.length; size += 1) {
            expect(findToken(where, bytes.subarray(0, size)).kind).toBe('more');
          }
        },
      ),
      { seed: 7 },
    );
  });

  it('is none when its length is 0 or too much', () => {
    expect(findToken({ kind: 'field', offset: 0, lengthBytes: 1 }, Buffer.from([0, 1])).kind).toBe('none');
    const wide = { kind: 'field', offset: 0, lengthBytes: 4 } as const;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(MAX_TOKEN_BYTES + 1);
    expect(findToken(wide, length).kind).toBe('none');
    expect(findToken(wide, Buffer.alloc(4, 255)).kind).toBe('none');
    length.writeUInt32BE(MAX_TOKEN_BYTES);
    expect(findToken(wide, length).kind).toBe('more');
  });

  it('of any bytes is a part of them, or none', () => {
    fc.assert(
      fc.property(place, fc.uint8Array({ maxLength: 2_000 }), (where, bytes) => {
        const parsed = findToken(where, bytes);
        if (parsed.kind !== 'token') return;
        expect(parsed.bytes.length).toBeGreaterThan(0);
        expect(parsed.bytes.buffer).toBe(bytes.buffer);
      }),
      { seed: 8, numRuns: 50_000 },
    );
  }, 30_000);
});
