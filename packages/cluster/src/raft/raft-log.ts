import type { Entry, RecoveredState } from './raft-types.ts';

/**
 * The log in memory: the entries after `start`, where the compacted part ends. Indexes count from 1; index 0 with term
 * 0 is the empty log.
 */
export class RaftLog {
  #startIndex: number;
  #startTerm: number;
  #entries: Entry[];

  constructor(recovered: Pick<RecoveredState, 'snapshot' | 'entries'>) {
    const first = recovered.entries[0];
    const snapshot = recovered.snapshot;
    this.#startIndex = snapshot?.index ?? 0;
    this.#startTerm = snapshot?.term ?? 0;
    if (first !== undefined && first.index > this.#startIndex + 1) {
      throw new RangeError(`log: a gap between the snapshot (${this.#startIndex}) and entry ${first.index}`);
    }
    this.#entries = recovered.entries.filter((entry) => entry.index > this.#startIndex);
  }

  /** Index of the oldest entry still here (when there is one). */
  get firstIndex(): number {
    return this.#startIndex + 1;
  }

  get lastIndex(): number {
    return this.#startIndex + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#startTerm;
  }

  /** Term of the entry at `index`, or null when it was compacted or does not exist. */
  termAt(index: number): number | null {
    if (index === this.#startIndex) return this.#startTerm;
    return this.#entries[index - this.#startIndex - 1]?.term ?? null;
  }

  at(index: number): Entry | null {
    return this.#entries[index - this.#startIndex - 1] ?? null;
  }

  /** Entries from `from` to `to`, both included, as far as they exist. */
  slice(from: number, to: number): Entry[] {
    const begin = Math.max(from, this.firstIndex) - this.firstIndex;
    return this.#entries.slice(begin, Math.max(begin, to - this.#startIndex));
  }

  /** A follower's log is as good as ours when its last entry is of a later term, or of the same and not shorter. */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);
  }

  /** Appends, dropping first whatever the new entries replace. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    if (first.index < this.firstIndex || first.index > this.lastIndex + 1) {
      throw new RangeError(`log: cannot append at ${first.index} to ${this.firstIndex}..${this.lastIndex}`);
    }
    this.#entries.length = first.index - this.firstIndex;
    for (const entry of entries) this.#entries.push(entry);
  }

  /** Forgets everything up to `index`, which must be committed. */
  compact(index: number): void {
    const term = this.termAt(index);
    if (term === null || index <= this.#startIndex) return;
    this.#entries = this.#entries.slice(index - this.#startIndex);
    this.#startIndex = index;
    this.#startTerm = term;
  }

  /** Starts afresh after a snapshot from the leader. */
  reset(index: number, term: number): void {
    this.#entries = [];
    this.#startIndex = index;
    this.#startTerm = term;
  }

  /**
   * The last index at or before `index` whose term is at most `term`: lets a leader and a follower find their common
   * prefix in one round a term instead of one round an entry (Raft paper, end of section 5.3).
   */
  findConflict(index: number, term: number): { index: number; term: number } {
    for (let at = Math.min(index, this.lastIndex); at > this.#startIndex; at -= 1) {
      const entryTerm = this.termAt(at) ?? 0;
      if (entryTerm <= term) return { index: at, term: entryTerm };
    }
    return { index: this.#startIndex, term: this.#startTerm };
  }
}
