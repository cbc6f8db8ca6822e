import { BackendTable } from '@hanok/strategies';

/**
 * The backend table as one pool of it sees it: the counts are those all threads share, members and eligible
 * backends are the pool's alone. The turn of round-robin and the sum of weights are the pool's in this thread.
 */
export class PoolTable extends BackendTable {
  override readonly member: Int32Array;
  override readonly eligible: Int32Array;
  readonly #all: BackendTable;
  readonly #belongs: (slot: number) => boolean;
  #seen = -1;
  #regroupings = 0;
  #cursor = 0;
  #totalWeight = 1;

  /** @param belongs whether the backend in a slot is of this pool */
  constructor(all: BackendTable, belongs: (slot: number) => boolean) {
    super(all.buffer, all.capacity);
    this.#all = all;
    this.#belongs = belongs;
    this.member = new Int32Array(all.capacity);
    this.eligible = new Int32Array(all.capacity);
  }

  /** Grows with every change; reading it takes the changes over. */
  override get generation(): number {
    const published = this.#all.generation;
    if (published !== this.#seen) this.#follow(published);
    return (published + this.#regroupings) | 0;
  }

  override get totalWeight(): number {
    return this.#totalWeight;
  }

  override get cursor(): number {
    return this.#cursor;
  }

  override moveCursor(from: number, to: number): boolean {
    if (from !== this.#cursor) return false;
    this.#cursor = to;
    return true;
  }

  /** Some backend belongs to another pool than before. */
  regroup(): void {
    this.#regroupings += 1;
    this.#seen = -1;
  }

  #follow(published: number): void {
    this.#seen = published;
    let total = 0;
    for (let slot = 0; slot < this.capacity; slot += 1) {
      const belongs = this.#belongs(slot);
      this.member[slot] = belongs ? Atomics.load(this.#all.member, slot) : 0;
      this.eligible[slot] = belongs ? Atomics.load(this.#all.eligible, slot) : 0;
      if (this.eligible[slot] === 1) total += Atomics.load(this.weight, slot);
    }
    this.#totalWeight = Math.max(1, total);
  }
}
