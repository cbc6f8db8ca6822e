import { PagedList } from './paged-list.ts';

/** No slot. */
const none = -1;

/** Slots of an {@link EntryTable} in the order of their use: a linked list whose links are numbers in columns. */
export class RecencyQueue {
  readonly #newer = new PagedList((length) => new Int32Array(length));
  readonly #older = new PagedList((length) => new Int32Array(length));
  #newest = none;
  #oldest = none;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What was used least recently. */
  get oldest(): number | undefined {
    return this.#oldest === none ? undefined : this.#oldest;
  }

  /** The slot must not be there yet. */
  enter(slot: number): void {
    this.#newer.put(slot, none);
    this.#older.put(slot, this.#newest);
    if (this.#newest === none) this.#oldest = slot;
    else this.#newer.put(this.#newest, slot);
    this.#newest = slot;
    this.#size += 1;
  }

  /** The slot must be there. */
  leave(slot: number): void {
    const newer = this.#newer.at(slot) ?? none;
    const older = this.#older.at(slot) ?? none;
    if (newer === none) this.#newest = older;
    else this.#older.put(newer, older);
    if (older === none) this.#oldest = newer;
    else this.#newer.put(older, newer);
    this.#size -= 1;
  }

  /** Makes a slot that is there the one used last. */
  touch(slot: number): void {
    if (slot === this.#newest) return;
    this.leave(slot);
    this.enter(slot);
  }
}
