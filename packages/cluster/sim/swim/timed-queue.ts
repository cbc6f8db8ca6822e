interface Planned {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What is to happen, by time, and by the order of adding within one time: a binary heap. */
export class TimedQueue {
  readonly #heap: Planned[] = [];
  #added = 0;

  add(at: number, run: () => void): void {
    this.#added += 1;
    const added = { at, order: this.#added, run };
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(added, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = added;
  }

  /** Takes what comes next, when that is no later than `until`. */
  takeUntil(until: number): Planned | null {
    const [first] = this.#heap;
    if (first === undefined || first.at > until) return null;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  /** Finds the place of what is to stand in for the first one. */
  #sink(sinking: Planned): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      let next = heap[below];
      if (next === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && isBefore(other, next)) {
        below += 1;
        next = other;
      }
      if (!isBefore(next, sinking)) break;
      heap[place] = next;
      place = below;
    }
    heap[place] = sinking;
  }
}

function isBefore(one: Planned, other: Planned): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
