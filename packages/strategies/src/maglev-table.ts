import { mix } from './source-hash.ts';

/** A member's place in the table: its slot, a hash of its stable id, and its configured weight. */
export interface MaglevMember {
  readonly slot: number;
  readonly key: number;
  readonly weight: number;
}

/** Primes to choose the table's size from; the paper asks for well over 100 entries a backend. */
const SIZES = [1_009, 4_093, 16_381, 65_537, 262_147];
const ENTRIES_PER_MEMBER = 128;
const SKIP_SALT = 0x5bd1e995;

/** The smallest known prime with at least 128 entries a member (the largest, 262,147, beyond 2,048). */
export function maglevSize(memberCount: number): number {
  const wanted = memberCount * ENTRIES_PER_MEMBER;
  return SIZES.find((size) => size >= wanted) ?? SIZES.at(-1) ?? wanted;
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
