import { Parser } from 'binary-parser';
import { expect, it } from 'vitest';
import { findToken, MAX_TOKEN_BYTES, type TokenPlace } from '../../src/routing/token.ts';
import type { Dice } from './dice.ts';
import { checkPieces, demand, fuzz, FUZZ_TIMEOUT_MS } from './fuzz.ts';

const LONGEST_BYTES = 1_100;

/** The layout of a place, read by a library that was made for nothing but layouts. */
function layoutOf(place: TokenPlace): { parse(bytes: Buffer): { token: Buffer; sizeBytes?: number } } {
  const layout = new Parser().seek(place.offset);
  if (place.kind === 'bytes') return layout.buffer('token', { length: place.sizeBytes });
  const sized =
    place.lengthBytes === 1
      ? layout.uint8('sizeBytes')
      : place.lengthBytes === 2
        ? layout.uint16be('sizeBytes')
        : layout.uint32be('sizeBytes');
  return sized.buffer('token', { length: 'sizeBytes' });
}

const places: [TokenPlace, ...TokenPlace[]] = [
  { kind: 'bytes', offset: 0, sizeBytes: 1 },
  { kind: 'bytes', offset: 4, sizeBytes: 16 },
  { kind: 'bytes', offset: 1_024, sizeBytes: MAX_TOKEN_BYTES },
  { kind: 'field', offset: 0, lengthBytes: 1 },
  { kind: 'field', offset: 3, lengthBytes: 2 },
  { kind: 'field', offset: 9, lengthBytes: 4 },
];
const layouts = new Map(places.map((place) => [place, layoutOf(place)]));

function readElsewhere(place: TokenPlace, bytes: Buffer): { kind: string; bytes: Buffer } {
  const headBytes = place.offset + (place.kind === 'field' ? place.lengthBytes : 0);
  const nothing = Buffer.alloc(0);
  const layout = layouts.get(place);
  if (layout === undefined || bytes.length < headBytes) return { kind: 'more', bytes: nothing };
  const { token, sizeBytes = place.kind === 'bytes' ? place.sizeBytes : 0 } = layout.parse(bytes);
  if (sizeBytes < 1 || sizeBytes > MAX_TOKEN_BYTES) return { kind: 'none', bytes: nothing };
  return { kind: bytes.length < headBytes + sizeBytes ? 'more' : 'token', bytes: token };
}

/** Few bytes, many of them small, so that lengths are often such as could be. */
function invent(dice: Dice): Buffer {
  const bytes = dice.bytes(dice.chance(0.01) ? dice.below(2 * LONGEST_BYTES) : dice.below(60));
  for (const at of bytes.keys()) if (dice.chance(0.6)) bytes[at] = dice.below(dice.pick([1, 5, 30]));
  return bytes;
}

it(
  'tokens mean the same in pieces, and what an independent implementation reads',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const seen = { token: 0, more: 0, none: 0 };
    await fuzz('token', 1, invent, (bytes, dice) => {
      const place = dice.pick(places);
      const found = findToken(place, bytes);
      seen[found.kind] += 1;
      const at = dice.below(bytes.length + 1);
      checkPieces(
        bytes,
        at,
        ({ kind }) => kind !== 'more',
        (part) => findToken(place, part),
      );
      const wanted = readElsewhere(place, bytes);
      const isSame =
        wanted.kind === found.kind && (found.kind !== 'token' || wanted.bytes.equals(found.bytes));
      demand(isSame, `in ${JSON.stringify(place)} read as ${found.kind}, elsewhere as ${wanted.kind}`);
    });
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  },
);
