import { isIPv4, isIPv6 } from 'node:net';
import { malformed, type ProxyParse } from './proxy-header.ts';

const MAX_BYTES = 107;
const LINE_FEED = 0x0a;
const LINE = /^PROXY TCP([46]) ([^ ]+) ([^ ]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})\r\n$/;
const UNKNOWN = /^PROXY UNKNOWN( [^\r\n]*)?\r\n$/;
const MAX_PORT = 65_535;

/** Reads a version 1 (text) header; the bytes begin with `PROXY`. */
export function parseV1(bytes: Uint8Array): ProxyParse {
  const end = bytes.subarray(0, MAX_BYTES).indexOf(LINE_FEED);
  if (end === -1) return bytes.length < MAX_BYTES ? { kind: 'more' } : malformed('a line of over 107 bytes');
  const sizeBytes = end + 1;
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, sizeBytes).toString('latin1');
  if (UNKNOWN.test(line))
    return { kind: 'header', header: { version: 1, sizeBytes, addresses: null, tlvs: [] } };
  const match = LINE.exec(line);
  if (match === null) return malformed('not a version 1 line');
  const [, family, source = '', destination = '', sourcePort, destinationPort] = match;
  const isAddress = family === '4' ? isIPv4 : (text: string) => isIPv6(text) && !text.includes('%');
  if (!isAddress(source) || !isAddress(destination)) return malformed('an address of the wrong family');
  const addresses = {
    source,
    destination,
    sourcePort: Number(sourcePort),
    destinationPort: Number(destinationPort),
  };
  if (Math.max(addresses.sourcePort, addresses.destinationPort) > MAX_PORT)
    return malformed('a port above 65535');
  return { kind: 'header', header: { version: 1, sizeBytes, addresses, tlvs: [] } };
}
