import type { RegistryChange } from './registry-types.ts';

/** The latest changes, so that a watcher that was away for a while misses nothing. */
export class ChangeHistory {
  readonly #maxLength: number;
  #changes: RegistryChange[] = [];
  /** Every change after this revision is here. */
  #floor = 0;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  push(change: RegistryChange): void {
    this.#changes.push(change);
    // Twice the length, then half: dropping one at a time would copy the list at every change.
    if (this.#changes.length < this.#maxLength * 2) return;
    this.#changes = this.#changes.slice(-this.#maxLength);
    this.#floor = (this.#changes[0]?.revision ?? 1) - 1;
  }

  /** Starts anew after a snapshot: what came before it is not known. */
  reset(revision: number): void {
    this.#changes = [];
    this.#floor = revision;
  }

  /** The changes after `revision`, or null when some of them are forgotten or it lies in the future. */
  since(revision: number): readonly RegistryChange[] | null {
    const latest = this.#changes.at(-1)?.revision ?? this.#floor;
    if (revision < this.#floor || revision > latest) return null;
    return this.#changes.slice(revision - this.#floor);
  }
}
