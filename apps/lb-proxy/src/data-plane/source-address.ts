import { isIPv6 } from 'node:net';
import { hashText } from '@hanok/strategies';

const MAPPED_PREFIX = '::ffff:';
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** A client's address as text, with an IPv4 address in its usual form also on a dual-stack socket. */
export function plainAddress(address: string): string {
  return address.startsWith(MAPPED_PREFIX) && address.includes('.')
    ? address.slice(MAPPED_PREFIX.length)
    : address;
}

/** The hash by which strategies that stick to a source know a client. */
export function hashSource(address: string): number {
  return hashText(plainAddress(address));
}

/**
 * What counts as one source for limits: an IPv4 address, or the /64 of an IPv6 address, since whoever has one
 * address of a /64 has all of them.
 */
export function sourceNetwork(address: string): string {
  const plain = plainAddress(address);
  return isIPv6(plain) ? networkOf(plain) : plain;
}

/** The first four groups of a valid IPv6 address, each without leading zeros. */
function networkOf(address: string): string {
  const [bare = ''] = address.split('%', 1);
  const [head = '', tail] = bare.split('::', 2);
  const front = head === '' ? [] : head.split(':');
  // An IPv4 tail stands for two groups, but never reaches the first four unless they are zeros anyway.
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const backGroups = back.length + (tail?.includes('.') === true ? 1 : 0);
  const zeros = tail === undefined ? 0 : GROUPS - front.length - backGroups;
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back].slice(0, NETWORK_GROUPS);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
