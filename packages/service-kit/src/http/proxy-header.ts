import { isIPv4, isIPv6 } from 'node:net';

/** What the first bytes of a connection are; `more` must come before that can be said. */
export type ProxyHeader =
  | { readonly kind: 'more' }
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  /** `address` undefined: the proxy speaks for itself, or does not know. */
  | { readonly kind: 'header'; readonly sizeBytes: number; readonly address: string | undefined };

const V1_START = Buffer.from('PROXY ', 'latin1');
const V1_MAX_BYTES = 107;
const V1_LINE = /^PROXY (?:TCP[46] ([^ ]{2,45}) [^ ]{2,45} \d{1,5} \d{1,5}|UNKNOWN(?: [^\r\n]*)?)\r\n$/u;
const V2_START = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_FIXED_BYTES = 16;
const V2_MAX_BYTES = 4_096;
const V2_LOCAL = 0x20;
const V2_PROXY = 0x21;
/** Bytes of one address, by family and transport. */
const V2_FAMILIES: Readonly<Record<number, number>> = { 0x00: 0, 0x11: 4, 0x21: 16 };
const MALFORMED = { kind: 'malformed' } as const;

/**
 * Reads on whose behalf a connection was made, versions 1 and 2 (W. Tarreau, "The PROXY protocol",
 * https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). No HTTP request and no TLS handshake begins like
 * either.
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, V1_START)) return bytes.length < V1_START.length ? { kind: 'more' } : parseV1(bytes);
  if (startsLike(bytes, V2_START)) return bytes.length < V2_FIXED_BYTES ? { kind: 'more' } : parseV2(bytes);
  return { kind: 'none' };
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const size = Math.min(bytes.length, start.length);
  return bytes.subarray(0, size).equals(start.subarray(0, size));
}

function parseV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\n');
  if (end === -1) return bytes.length < V1_MAX_BYTES ? { kind: 'more' } : MALFORMED;
  const sizeBytes = end + 1;
  const match = V1_LINE.exec(bytes.toString('latin1', 0, sizeBytes));
  if (match === null) return MALFORMED;
  const [, address] = match;
  if (address !== undefined && !isIPv4(address) && !isIPv6(address)) return MALFORMED;
  return { kind: 'header', sizeBytes, address };
}

function parseV2(bytes: Buffer): ProxyHeader {
  const command = bytes.readUInt8(12);
  const addressBytes = V2_FAMILIES[bytes.readUInt8(13)];
  const sizeBytes = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  const isKnown = (command === V2_LOCAL || command === V2_PROXY) && addressBytes !== undefined;
  if (!isKnown || sizeBytes > V2_MAX_BYTES) return MALFORMED;
  if (sizeBytes < V2_FIXED_BYTES + (addressBytes === 0 ? 0 : 2 * addressBytes + 4)) return MALFORMED;
  if (bytes.length < sizeBytes) return { kind: 'more' };
  if (command === V2_LOCAL || addressBytes === 0) return { kind: 'header', sizeBytes, address: undefined };
  const source = bytes.subarray(V2_FIXED_BYTES, V2_FIXED_BYTES + addressBytes);
  return { kind: 'header', sizeBytes, address: addressBytes === 4 ? source.join('.') : textOfIPv6(source) };
}

function textOfIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16));
  // One way to write an address, so that it is one caller.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
