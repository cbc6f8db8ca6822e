import { crc32c } from './crc32c.ts';
import {
  malformed,
  MAX_HEADER_BYTES,
  TLV_CRC32C,
  V2,
  type ProxiedAddresses,
  type ProxyParse,
  type ProxyTlv,
} from './proxy-header.ts';

const CRC_BYTES = 4;

/** By address family and transport: how long an address is. Others than TCP make no sense here. */
const addressBytes: Readonly<Record<number, number>> = { [V2.unspecified]: 0, [V2.tcp4]: 4, [V2.tcp6]: 16 };

/** Reads a version 2 (binary) header; the bytes begin with its signature, as far as they go. */
export function parseV2(bytes: Uint8Array): ProxyParse {
  if (bytes.length < V2.fixedBytes) return { kind: 'more' };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const command = view.getUint8(12);
  if (command !== V2.local && command !== V2.proxy) return malformed('an unknown version or command');
  const addressSize = addressBytes[view.getUint8(13)];
  if (addressSize === undefined) return malformed('an address family other than TCP over IPv4 or IPv6');
  const sizeBytes = V2.fixedBytes + view.getUint16(14);
  if (sizeBytes > MAX_HEADER_BYTES) return malformed(`a header of over ${MAX_HEADER_BYTES} bytes`);
  const fieldsAt = V2.fixedBytes + (addressSize === 0 ? 0 : 2 * addressSize + 4);
  if (sizeBytes < fieldsAt) return malformed('too short for its addresses');
  if (bytes.length < sizeBytes) return { kind: 'more' };
  const header = bytes.subarray(0, sizeBytes);
  const tlvs = readTlvs(header, fieldsAt);
  if (tlvs === undefined) return malformed('a field beyond the end');
  if (!hasRightChecksum(header, fieldsAt)) return malformed('a wrong checksum');
  const hasAddresses = command === V2.proxy && addressSize > 0;
  const addresses = hasAddresses ? readAddresses(view, addressSize) : null;
  return { kind: 'header', header: { version: 2, sizeBytes, addresses, tlvs } };
}

function readTlvs(header: Uint8Array, from: number): ProxyTlv[] | undefined {
  const tlvs: ProxyTlv[] = [];
  for (let at = from; at < header.length;) {
    if (at + V2.tlvHeadBytes > header.length) return undefined;
    const size = ((header[at + 1] ?? 0) << 8) | (header[at + 2] ?? 0);
    const end = at + V2.tlvHeadBytes + size;
    if (end > header.length) return undefined;
    // Copied: the bytes are in a buffer that is read into again.
    tlvs.push({ type: header[at] ?? 0, value: new Uint8Array(header.subarray(at + V2.tlvHeadBytes, end)) });
    at = end;
  }
  return tlvs;
}

/** Every checksum field, if any, must be that of the header with the field itself zeroed. */
function hasRightChecksum(header: Uint8Array, from: number): boolean {
  for (let at = from; at < header.length;) {
    const size = ((header[at + 1] ?? 0) << 8) | (header[at + 2] ?? 0);
    const valueAt = at + V2.tlvHeadBytes;
    if (header[at] === TLV_CRC32C) {
      if (size !== CRC_BYTES) return false;
      const zeroed = new Uint8Array(header);
      zeroed.fill(0, valueAt, valueAt + CRC_BYTES);
      const stated = new DataView(header.buffer, header.byteOffset).getUint32(valueAt);
      if (crc32c(zeroed) !== stated) return false;
    }
    at = valueAt + size;
  }
  return true;
}

function readAddresses(view: DataView, size: number): ProxiedAddresses {
  const portsAt = V2.fixedBytes + 2 * size;
  return {
    source: readAddress(view, V2.fixedBytes, size),
    destination: readAddress(view, V2.fixedBytes + size, size),
    sourcePort: view.getUint16(portsAt),
    destinationPort: view.getUint16(portsAt + 2),
  };
}

function readAddress(view: DataView, at: number, size: number): string {
  if (size === 4) return [0, 1, 2, 3].map((index) => view.getUint8(at + index)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(at + 2 * index).toString(16));
  // The URL standard writes an IPv6 address in its shortest form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
