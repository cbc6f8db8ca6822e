/** Why bytes from the network were not taken. */
export type DropReason =
  | 'malformed' // not the form of the protocol
  | 'truncated' // ended before it was whole
  | 'oversized' // above a bound
  | 'wrong-cluster' // meant for a cluster of another name
  | 'wrong-key' // sealed with a key that is not on the ring
  | 'forged' // the authentication tag does not fit: changed, or made without the key
  | 'replayed'; // seen before, or too old to tell

/** All reasons, in the order they are checked. */
export const dropReasons: readonly DropReason[] = [
  'malformed',
  'truncated',
  'oversized',
  'wrong-cluster',
  'wrong-key',
  'forged',
  'replayed',
];

/** Counts of what was dropped since the process started, by reason. */
export class DropCounts {
  readonly #counts = new Map<DropReason, number>();

  add(reason: DropReason): void {
    this.#counts.set(reason, this.get(reason) + 1);
  }

  get(reason: DropReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  get total(): number {
    return dropReasons.reduce((sum, reason) => sum + this.get(reason), 0);
  }

  /** All reasons with their counts. */
  snapshot(): Record<DropReason, number> {
    return {
      malformed: this.get('malformed'),
      truncated: this.get('truncated'),
      oversized: this.get('oversized'),
      'wrong-cluster': this.get('wrong-cluster'),
      'wrong-key': this.get('wrong-key'),
      forged: this.get('forged'),
      replayed: this.get('replayed'),
    };
  }
}
