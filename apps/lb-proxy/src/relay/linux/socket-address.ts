import { isIPv4, isIPv6 } from 'node:net';
import { linux } from './libc.ts';

/** Room for either kind of address (`struct sockaddr_in6` is the larger one). */
export const SOCKET_ADDRESS_BYTES = 28;

/** An address as system calls take it. */
export interface SocketAddress {
  readonly family: number;
  readonly bytes: Uint8Array;
}

const IPV4_BYTES = 16;
const MAPPED_PREFIX = '::ffff:';

/**
 * Writes `struct sockaddr_in` or `sockaddr_in6`.
 *
 * @throws TypeError when `host` is no IP address; link-local ones with a zone are not supported
 */
export function encodeAddress(host: string, port: number): SocketAddress {
  if (isIPv4(host)) {
    const bytes = new Uint8Array(IPV4_BYTES);
    writeHead(bytes, linux.AF_INET, port);
    bytes.set(host.split('.').map(Number), 4);
    return { family: linux.AF_INET, bytes };
  }
  if (!isIPv6(host) || host.includes('%')) throw new TypeError(`${host} is not an IP address without a zone`);
  const bytes = new Uint8Array(SOCKET_ADDRESS_BYTES);
  writeHead(bytes, linux.AF_INET6, port);
  const view = new DataView(bytes.buffer);
  groupsOf(host).forEach((group, index) => view.setUint16(8 + 2 * index, group));
  return { family: linux.AF_INET6, bytes };
}

/** Reads either kind; IPv4 addresses that arrive on an IPv6 socket read `::ffff:1.2.3.4`, as Node writes them. */
export function decodeAddress(bytes: Uint8Array): { host: string; port: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const port = view.getUint16(2);
  if (view.getUint16(0, true) === linux.AF_INET) return { host: bytes.subarray(4, 8).join('.'), port };
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(8 + 2 * index));
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return { host: MAPPED_PREFIX + bytes.subarray(20, 24).join('.'), port };
  return { host: canonical(groups.map((group) => group.toString(16)).join(':')), port };
}

function writeHead(bytes: Uint8Array, family: number, port: number): void {
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
}

/** The eight groups of an IPv6 address. */
function groupsOf(host: string): number[] {
  const [head = '', tail = ''] = canonical(host).split('::');
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [parse(head), parse(tail)];
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

/** The shortest form, in hexadecimal groups only (RFC 5952, which the URL standard follows). */
function canonical(host: string): string {
  return new URL(`http://[${host}]`).hostname.slice(1, -1);
}
