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

/** Longest token; a field that claims to be longer is none. */
export const MAX_TOKEN_BYTES = 1_024;

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
