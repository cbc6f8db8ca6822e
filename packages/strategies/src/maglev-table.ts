import { mix } from './source-hash.ts';

/** A member's place in the table: its slot, a hash of its stable id, and its configured weight. */
export interface MaglevMember {
  readonly slot: number;
  readonly key: number;
  readonly weight: number;
}

/**
 * Primes for the table's size, each for up to so many members. The paper asks for well over 100 entries a member; the
 * more there are, the fewer sources of the other members move when one is removed.
 */
const SIZES = [
  { upToMembers: 32, size: 16_381 },
  { upToMembers: 512, size: 65_537 },
] as const;
const LARGEST_SIZE = 262_147;
const SKIP_SALT = 0x5bd1e995;

/** Entries of the table for so many members: 128 a member at least, for up to 2,048 of them. */
export function maglevSize(memberCount: number): number {
  return SIZES.find(({ upToMembers }) => memberCount <= upToMembers)?.size ?? LARGEST_SIZE;
}

/**
 * Fills a Maglev lookup table (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer",
 * NSDI 2016, section 3.4): every member walks its own permutation of the entries, given by an offset and a
 * skip from its key, and members take entries in turn until all are taken. A member of half the highest weight
 * takes a turn every other round, so entries are in proportion to weights.
 *
 * The result depends on the members' keys and weights only, not on slots or their order, so every thread and
 * every proxy computes the same table.
 * @returns slot by entry; empty when there are no members
 */
export function buildMaglevTable(
  members: readonly MaglevMember[],
  size = maglevSize(members.length),
): Int32Array {
  const table = new Int32Array(members.length === 0 ? 0 : size).fill(-1);
  const heaviest = members.reduce((most, member) => Math.max(most, member.weight), 1);
  const walkers = members
    .toSorted((a, b) => a.key - b.key)
    .map((member) => ({
      slot: member.slot,
      turnShare: member.weight / heaviest,
      savedTurns: 0,
      entry: (member.key >>> 0) % size,
      skip: (mix(member.key ^ SKIP_SALT) % (size - 1)) + 1,
    }));
  let free = table.length;
  while (free > 0) {
    for (const walker of walkers) {
      walker.savedTurns += walker.turnShare;
      if (walker.savedTurns < 1) continue;
      walker.savedTurns -= 1;
      while (table[walker.entry] !== -1) walker.entry = (walker.entry + walker.skip) % size;
      table[walker.entry] = walker.slot;
      free -= 1;
      if (free === 0) break;
    }
  }
  return table;
}
