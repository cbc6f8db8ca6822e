/** Which registrations the leader waits for, and until when. In memory only: a new leader gives everyone a full term. */
export class LeaseTable {
  readonly #deadlines = new Map<string, number>();

  arm(id: string, deadline: number): void {
    this.#deadlines.set(id, deadline);
  }

  drop(id: string): void {
    this.#deadlines.delete(id);
  }

  clear(): void {
    this.#deadlines.clear();
  }

  get size(): number {
    return this.#deadlines.size;
  }

  /** The next deadline; infinity when there is none. */
  get earliest(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const deadline of this.#deadlines.values()) earliest = Math.min(earliest, deadline);
    return earliest;
  }

  /** Those whose deadline has passed, at most `limit` of them. */
  overdue(now: number, limit: number): string[] {
    const ids: string[] = [];
    for (const [id, deadline] of this.#deadlines) {
      if (deadline > now) continue;
      ids.push(id);
      if (ids.length === limit) break;
    }
    return ids;
  }
}
