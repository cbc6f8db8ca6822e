import { isIPv4 } from 'node:net';
import { crc32c } from './crc32c.ts';
import {
  MAX_HEADER_BYTES,
  TLV_CRC32C,
  V2,
  V2_SIGNATURE,
  type ProxiedAddresses,
  type ProxyTlv,
} from './proxy-header.ts';

const CRC_TLV_BYTES = 7;

/**
 * Writes a header of the given version for a connection between these addresses, both IPv4 or both IPv6; with
 * null one that says that they are not known (UNKNOWN, or LOCAL).
 * @param tlvs fields of a version 2 header beside its checksum; those beyond MAX_HEADER_BYTES are left out
 */
export function encodeProxyHeader(
  version: 1 | 2,
  addresses: ProxiedAddresses | null,
  tlvs: readonly ProxyTlv[] = [],
): Buffer {
  if (addresses !== null) return version === 1 ? encodeV1(addresses) : encodeV2(addresses, tlvs);
  return version === 1
    ? Buffer.from('PROXY UNKNOWN\r\n', 'latin1')
    : Buffer.from([...V2_SIGNATURE, V2.local, V2.unspecified, 0, 0]);
}

function encodeV1({ source, destination, sourcePort, destinationPort }: ProxiedAddresses): Buffer {
  const family = isIPv4(source) ? 'TCP4' : 'TCP6';
  return Buffer.from(
    `PROXY ${family} ${source} ${destination} ${sourcePort} ${destinationPort}\r\n`,
    'latin1',
  );
}

/** With a checksum, so that the receiver can tell a header from bytes that only look like one. */
function encodeV2(
  { source, destination, sourcePort, destinationPort }: ProxiedAddresses,
  tlvs: readonly ProxyTlv[],
): Buffer {
  const [from, to] = [addressBytes(source), addressBytes(destination)];
  const addressesSize = from.length + to.length + 4;
  const fields = tlvBytes(tlvs, MAX_HEADER_BYTES - V2.fixedBytes - addressesSize - CRC_TLV_BYTES);
  const size = addressesSize + CRC_TLV_BYTES + fields.length;
  const header = Buffer.alloc(V2.fixedBytes + size);
  header.set(V2_SIGNATURE);
  header[12] = V2.proxy;
  header[13] = isIPv4(source) ? V2.tcp4 : V2.tcp6;
  header.writeUInt16BE(size, 14);
  header.set(from, V2.fixedBytes);
  header.set(to, V2.fixedBytes + from.length);
  const portsAt = V2.fixedBytes + from.length + to.length;
  header.writeUInt16BE(sourcePort, portsAt);
  header.writeUInt16BE(destinationPort, portsAt + 2);
  header[portsAt + 4] = TLV_CRC32C;
  header.writeUInt16BE(4, portsAt + 5);
  header.set(fields, portsAt + 4 + CRC_TLV_BYTES);
  // Reckoned with the checksum itself as zeros.
  header.writeUInt32BE(crc32c(header), portsAt + 7);
  return header;
}

/** The fields one after the other, as many as fit. */
function tlvBytes(tlvs: readonly ProxyTlv[], maxBytes: number): Buffer {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for (const { type, value } of tlvs) {
    if (sizeBytes + V2.tlvHeadBytes + value.length > maxBytes) continue;
    sizeBytes += V2.tlvHeadBytes + value.length;
    parts.push(Buffer.from([type, value.length >> 8, value.length & 0xff]), Buffer.from(value));
  }
  return Buffer.concat(parts);
}

function addressBytes(address: string): number[] {
  if (isIPv4(address)) return address.split('.').map(Number);
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groupsOf = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'));
  const [front, back] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
