import type { BackendTable } from './backend-table.ts';

/**
 * A thread's own dense list of the backends that may be picked, copied from the table whenever its owner
 * published a change, so that a pick touches no slot that is not a candidate and allocates nothing.
 */
export class Candidates {
  readonly table: BackendTable;
  /** Eligible slots in ascending order; valid in [0, count). */
  readonly slots: Int32Array;
  /** Weights by position, parallel to `slots`. */
  readonly weights: Int32Array;
  readonly #positionFrom: Int32Array;
  #count = 0;
  #totalWeight = 0;
  #revision = 0;
  #generation = -1;

  constructor(table: BackendTable) {
    this.table = table;
    this.slots = new Int32Array(table.capacity);
    this.weights = new Int32Array(table.capacity);
    this.#positionFrom = new Int32Array(table.capacity + 1);
  }

  get count(): number {
    return this.#count;
  }

  get totalWeight(): number {
    return this.#totalWeight;
  }

  /** Grows with every rebuilding; what is derived from the list compares it. */
  get revision(): number {
    return this.#revision;
  }

  /** Position of the first candidate whose slot is `slot` or higher, wrapping to 0. */
  positionFrom(slot: number): number {
    return this.#positionFrom[slot] ?? 0;
  }

  slotAt(position: number): number {
    return this.slots[position] ?? -1;
  }

  /** Takes over what the owner published since the last call; one atomic read when nothing changed. */
  refresh(): void {
    const generation = this.table.generation;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#revision += 1;
    this.#count = 0;
    this.#totalWeight = 0;
    const { table } = this;
    for (let slot = 0; slot < table.capacity; slot += 1) {
      this.#positionFrom[slot] = this.#count;
      if (Atomics.load(table.eligible, slot) !== 1) continue;
      const weight = Math.max(1, Atomics.load(table.weight, slot));
      this.slots[this.#count] = slot;
      this.weights[this.#count] = weight;
      this.#totalWeight += weight;
      this.#count += 1;
    }
    this.#positionFrom[table.capacity] = 0;
    for (let slot = table.capacity - 1; slot >= 0 && this.#positionFrom[slot] === this.#count; slot -= 1) {
      this.#positionFrom[slot] = 0;
    }
  }
}
