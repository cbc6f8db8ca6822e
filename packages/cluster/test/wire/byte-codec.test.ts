import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/wire/byte-reader.ts';
import { ByteWriter } from '../../src/wire/byte-writer.ts';
import { WireError } from '../../src/wire/wire-error.ts';

const runs = { seed: 20_260_101, numRuns: 500 };

function reasonOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof WireError) return error.reason;
    throw error;
  }
  return 'taken';
}

describe('ByteWriter and ByteReader', () => {
  it('read back what was written', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 255 }),
        fc.boolean(),
        fc.maxSafeNat(),
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ maxLength: 600 }),
        (byte, flag, number, text, bytes) => {
          const written = new ByteWriter()
            .byte(byte)
            .boolean(flag)
            .varint(number)
            .string(text)
            .bytes(bytes)
            .finish();
          const reader = new ByteReader(written);
          expect(reader.byte()).toBe(byte);
          expect(reader.boolean()).toBe(flag);
          expect(reader.varint()).toBe(number);
          expect(reader.string(10_000)).toBe(text);
          expect(reader.bytes(600)).toEqual(bytes);
          reader.finish();
        },
      ),
      runs,
    );
  });

  it.each([0, 1, 127, 128, 16_383, 16_384, 2 ** 32, 2 ** 49 - 1, 2 ** 49, Number.MAX_SAFE_INTEGER])(
    'keep the number %d',
    (number) => {
      expect(new ByteReader(new ByteWriter().varint(number).finish()).varint()).toBe(number);
    },
  );

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('do not write the number %d', (number) => {
    expect(() => new ByteWriter().varint(number)).toThrow(/varint/);
    expect(() => new ByteWriter().byte(number)).toThrow(/byte/);
  });

  it('keep to the writer’s bound', () => {
    expect(() => new ByteWriter(1_000).raw(new Uint8Array(1_009))).toThrow(/more than 1000 bytes/);
    expect(new ByteWriter(1_000).raw(new Uint8Array(1_000)).length).toBe(1_000);
  });

  it.each([
    ['an empty message', [], (r: ByteReader) => r.byte(), 'truncated'],
    ['a number cut short', [0x80], (r: ByteReader) => r.varint(), 'truncated'],
    ['a number in a long form', [0x80, 0x00], (r: ByteReader) => r.varint(), 'malformed'],
    [
      'a number of nine bytes',
      [255, 255, 255, 255, 255, 255, 255, 255, 1],
      (r: ByteReader) => r.varint(),
      'malformed',
    ],
    [
      'a number above 2^53-1',
      [255, 255, 255, 255, 255, 255, 255, 127],
      (r: ByteReader) => r.varint(),
      'oversized',
    ],
    ['a number above its bound', [11], (r: ByteReader) => r.varint(10), 'oversized'],
    ['a boolean of 2', [2], (r: ByteReader) => r.boolean(), 'malformed'],
    ['bytes longer than the message', [5, 1, 2], (r: ByteReader) => r.bytes(10), 'truncated'],
    ['bytes above their bound', [11, 1, 2], (r: ByteReader) => r.bytes(10), 'oversized'],
    ['text that is not UTF-8', [1, 0xff], (r: ByteReader) => r.string(10), 'malformed'],
    ['a lone surrogate', [3, 0xed, 0xa0, 0x80], (r: ByteReader) => r.string(10), 'malformed'],
    ['bytes left over', [1, 2], (r: ByteReader) => (r.byte(), r.finish()), 'malformed'],
  ])('refuse %s', (_, bytes, read, reason) => {
    expect(reasonOf(() => read(new ByteReader(Uint8Array.from(bytes))))).toBe(reason);
  });
});
