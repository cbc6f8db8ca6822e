/** One place on a board: what it is ordered by, then whose it is. */
export interface Ranked {
  /** Smaller is better. */
  readonly key: number;
  /** Decides between equal keys: smaller came first. Unique on a board. */
  readonly sequence: number;
  readonly playerId: string;
}

/** Chunks are split at this size; with a million entries there are some 2,000 of them. */
const maxChunkLength = 1_024;

/**
 * A sorted list with ranks, in chunks: finding, inserting and removing binary-search the chunks and shift one
 * of them, and a rank adds up the chunks before it. Plain arrays make it smaller and quicker than a tree of
 * objects at the sizes one process can hold.
 */
export class RankedList {
  readonly #chunks: Ranked[][] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  insert(entry: Ranked): void {
    const index = Math.min(this.#chunkOf(entry), Math.max(0, this.#chunks.length - 1));
    const chunk = this.#chunks[index];
    this.#length += 1;
    if (chunk === undefined) {
      this.#chunks.push([entry]);
      return;
    }
    chunk.splice(lowerBound(chunk, entry), 0, entry);
    if (chunk.length > maxChunkLength) this.#chunks.splice(index + 1, 0, chunk.splice(maxChunkLength / 2));
  }

  /** The entry must be one that was inserted. */
  remove(entry: Ranked): void {
    const index = this.#chunkOf(entry);
    const chunk = this.#chunks[index];
    if (chunk === undefined) return;
    chunk.splice(lowerBound(chunk, entry), 1);
    this.#length -= 1;
    if (chunk.length === 0) this.#chunks.splice(index, 1);
  }

  /** How many entries come before this one. */
  rankOf(entry: Ranked): number {
    const index = this.#chunkOf(entry);
    let rank = 0;
    for (let i = 0; i < index; i += 1) rank += this.#chunks[i]?.length ?? 0;
    const chunk = this.#chunks[index];
    return chunk === undefined ? rank : rank + lowerBound(chunk, entry);
  }

  slice(offset: number, count: number): Ranked[] {
    const found: Ranked[] = [];
    let skip = offset;
    for (const chunk of this.#chunks) {
      if (found.length >= count) break;
      if (skip < chunk.length) found.push(...chunk.slice(skip, skip + count - found.length));
      skip = Math.max(0, skip - chunk.length);
    }
    return found;
  }

  /** Index of the first chunk whose last entry is not before `entry`; the number of chunks if there is none. */
  #chunkOf(entry: Ranked): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && compare(last, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compare(a: Ranked, b: Ranked): number {
  return a.key - b.key || a.sequence - b.sequence;
}

function lowerBound(chunk: readonly Ranked[], entry: Ranked): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = chunk[middle];
    if (other !== undefined && compare(other, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
