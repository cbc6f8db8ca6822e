import { ConfigError } from '@hanok/service-kit';

/**
 * Where a client's first bytes hold its token: `bytes`: `sizeBytes` of them from `offset`; `field`: at `offset` a
 * big-endian length of `lengthBytes`, then so many bytes.
 */
export type TokenPlace =
  | { readonly kind: 'bytes'; readonly offset: number; readonly sizeBytes: number }
  | { readonly kind: 'field'; readonly offset: number; readonly lengthBytes: number };

export type TokenParse =
  | { readonly kind: 'token'; readonly bytes: Uint8Array }
  | { readonly kind: 'more' }
  /** There will be no token, whatever else comes. */
  | { readonly kind: 'none' };

const MAX_OFFSET = 1_024;
/** Longest token; a field that claims to be longer is none. */
export const MAX_TOKEN_BYTES = 1_024;
const LENGTH_SIZES = new Set([1, 2, 4]);

/**
 * Reads TOKEN: `off`, `bytes:<offset>:<size>` or `field:<offset>:<bytes of its length>`.
 * @throws ConfigError when a number is out of bounds
 */
export function parseTokenPlace(text: string): TokenPlace | undefined {
  if (text === 'off') return undefined;
  const [kind, offsetText, sizeText] = text.split(':', 3);
  const offset = Number(offsetText);
  const size = Number(sizeText);
  const isSizeRight = kind === 'field' ? LENGTH_SIZES.has(size) : size >= 1 && size <= MAX_TOKEN_BYTES;
  if (offset > MAX_OFFSET || !isSizeRight) {
    throw new ConfigError([
      `TOKEN: ${text} needs an offset from 0 to ${MAX_OFFSET} and ` +
        (kind === 'field' ? 'a length of 1, 2 or 4 bytes' : `a size from 1 to ${MAX_TOKEN_BYTES}`),
    ]);
  }
  return kind === 'field' ? { kind, offset, lengthBytes: size } : { kind: 'bytes', offset, sizeBytes: size };
}

/** Finds the token in a client's first bytes. An empty field is no token. */
export function findToken(place: TokenPlace, bytes: Uint8Array): TokenParse {
  if (place.kind === 'bytes') return cut(bytes, place.offset, place.sizeBytes);
  const length = cut(bytes, place.offset, place.lengthBytes);
  if (length.kind !== 'token') return length;
  const sizeBytes = length.bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (sizeBytes < 1 || sizeBytes > MAX_TOKEN_BYTES) return { kind: 'none' };
  return cut(bytes, place.offset + place.lengthBytes, sizeBytes);
}

function cut(bytes: Uint8Array, start: number, sizeBytes: number): TokenParse {
  const end = start + sizeBytes;
  return bytes.length < end ? { kind: 'more' } : { kind: 'token', bytes: bytes.subarray(start, end) };
}
