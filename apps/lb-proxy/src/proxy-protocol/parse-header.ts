import { parseV1 } from './parse-v1.ts';
import { parseV2 } from './parse-v2.ts';
import { malformed, V2_SIGNATURE, type ProxyParse } from './proxy-header.ts';

const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');

/**
 * Reads a PROXY protocol header, version 1 or 2, from the first bytes of a connection (W. Tarreau, "The PROXY
 * protocol", https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). Strict: what is not exactly a
 * header is malformed, and a wrong checksum is, too.
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyParse {
  if (startsLike(bytes, V1_SIGNATURE)) {
    return bytes.length < V1_SIGNATURE.length ? { kind: 'more' } : parseV1(bytes);
  }
  return startsLike(bytes, V2_SIGNATURE) ? parseV2(bytes) : malformed('no PROXY header');
}

/** True when the bytes agree with the signature as far as both go. */
function startsLike(bytes: Uint8Array, signature: Uint8Array): boolean {
  const size = Math.min(bytes.length, signature.length);
  for (let index = 0; index < size; index += 1) if (bytes[index] !== signature[index]) return false;
  return true;
}
