import { isIPv4 } from 'node:net';
import { crc32c } from './crc32c.ts';
import { TLV_CRC32C, V2_SIGNATURE, type ProxiedAddresses } from './proxy-header.ts';

const FIXED_BYTES = 16;
const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPECIFIED = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;
const CRC_TLV_BYTES = 7;

/**
 * Writes a header of the given version for a connection between these addresses, both IPv4 or both IPv6; with
 * null one that says that they are not known (UNKNOWN, or LOCAL).
 */
export function encodeProxyHeader(version: 1 | 2, addresses: ProxiedAddresses | null): Buffer {
  if (addresses !== null) return version === 1 ? encodeV1(addresses) : encodeV2(addresses);
  return version === 1
    ? Buffer.from('PROXY UNKNOWN\r\n', 'latin1')
    : Buffer.from([...V2_SIGNATURE, LOCAL, UNSPECIFIED, 0, 0]);
}

function encodeV1({ source, destination, sourcePort, destinationPort }: ProxiedAddresses): Buffer {
  const family = isIPv4(source) ? 'TCP4' : 'TCP6';
  return Buffer.from(
    `PROXY ${family} ${source} ${destination} ${sourcePort} ${destinationPort}\r\n`,
    'latin1',
  );
}

/** With a checksum, so that the receiver can tell a header from bytes that only look like one. */
function encodeV2({ source, destination, sourcePort, destinationPort }: ProxiedAddresses): Buffer {
  const [from, to] = [addressBytes(source), addressBytes(destination)];
  const size = from.length + to.length + 4 + CRC_TLV_BYTES;
  const header = Buffer.alloc(FIXED_BYTES + size);
  header.set(V2_SIGNATURE);
  header[12] = PROXY;
  header[13] = isIPv4(source) ? TCP4 : TCP6;
  header.writeUInt16BE(size, 14);
  header.set(from, FIXED_BYTES);
  header.set(to, FIXED_BYTES + from.length);
  const portsAt = FIXED_BYTES + from.length + to.length;
  header.writeUInt16BE(sourcePort, portsAt);
  header.writeUInt16BE(destinationPort, portsAt + 2);
  header[portsAt + 4] = TLV_CRC32C;
  header.writeUInt16BE(4, portsAt + 5);
  header.writeUInt32BE(crc32c(header), portsAt + 7);
  return header;
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
