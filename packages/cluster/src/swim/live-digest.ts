import { isLive, type MemberRecord, type SwimState } from './swim-state.ts';

/**
 * A number of 52 bits that two members share when they hold the same members to be live, in the same lives, and, but for
 * a chance of 1 in 2^52, only then. It spares members that agree, as they nearly always do, the exchange of their whole
 * states.
 */
export function liveDigest(state: SwimState): number {
  let low = mix(state.self, 0);
  let high = mix(state.self, 1);
  for (const record of state.members.values()) {
    if (!isLive(record)) continue;
    // A sum, so that the order does not matter.
    low = (low + mix(record, 0)) >>> 0;
    high = (high + mix(record, 1)) >>> 0;
  }
  return (high & 0xfffff) * 2 ** 32 + low;
}

/** MurmurHash3's finaliser over an id and an incarnation. */
function mix({ idHash, incarnation }: MemberRecord, variant: number): number {
  let hash =
    idHash ^ Math.imul(incarnation >>> 0, 0x9e3779b1) ^ (incarnation / 2 ** 32) ^ (variant * 0x7f4a7c15);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
