import { hashText } from '@hanok/strategies';

const MAPPED_PREFIX = '::ffff:';

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
