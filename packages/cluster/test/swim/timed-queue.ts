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
    this.#heap.push({ at, order: this.#added, run });
    let child = this.#heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** Takes what comes next, when that is no later than `until`. */
  takeUntil(until: number): Planned | null {
    const [first] = this.#heap;
    if (first === undefined || first.at > until) return null;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    let parent = 0;
    for (;;) {
      let next = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, next)) next = child;
      }
      if (next === parent) return;
      this.#swap(parent, next);
      parent = next;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
