/** A member, how often it was counted at most, and by how much that may be too high. */
export interface Frequent {
  readonly member: string;
  readonly count: number;
  readonly error: number;
}

/**
 * The most frequent of many members in bounded room (Metwally et al., "Efficient computation of frequent and
 * top-k elements in data streams", 2005). When there is no room for another, it takes the place and the count of
 * the one counted least: every member that occurred more often than total / capacity is there, and no count is
 * too low.
 */
export class SpaceSaving {
  readonly #counts = new Map<string, { count: number; error: number }>();

  get size(): number {
    return this.#counts.size;
  }

  /** Resolves to the member's count. */
  add(member: string, by: number, capacity: number): number {
    const held = this.#counts.get(member);
    if (held !== undefined) {
      held.count += by;
      return held.count;
    }
    const error = this.#counts.size >= capacity ? this.#takeOutLeast() : 0;
    this.#counts.set(member, { count: error + by, error });
    return error + by;
  }

  /** The first `count`, most frequent first; between equals the name decides. */
  top(count: number): Frequent[] {
    return [...this.#counts]
      .map(([member, { count: counted, error }]) => ({ member, count: counted, error }))
      .toSorted((a, b) => b.count - a.count || (a.member < b.member ? 1 : -1))
      .slice(0, count);
  }

  toJson(): readonly (readonly [string, number, number])[] {
    return [...this.#counts].map(([member, { count, error }]) => [member, count, error]);
  }

  static fromJson(json: ReturnType<SpaceSaving['toJson']>): SpaceSaving {
    const list = new SpaceSaving();
    for (const [member, count, error] of json) list.#counts.set(member, { count, error });
    return list;
  }

  /** Its count; among equals the first by name goes, as in a Redis sorted set. */
  #takeOutLeast(): number {
    let least: { member: string; count: number } | undefined;
    for (const [member, { count }] of this.#counts) {
      if (least === undefined || count < least.count || (count === least.count && member < least.member)) {
        least = { member, count };
      }
    }
    if (least === undefined) return 0;
    this.#counts.delete(least.member);
    return least.count;
  }
}
