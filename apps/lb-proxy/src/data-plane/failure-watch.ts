/**
 * Counts the connects to each backend that failed in a row, and reports once when the count reaches the
 * threshold (and again each time it reaches a multiple of it), so that a flood of failures is not a flood
 * of messages.
 */
export class FailureWatch {
  readonly #thresholdOf: (slot: number) => number;
  readonly #report: (slot: number, code: string) => void;
  readonly #inARow = new Map<number, number>();

  /** @param thresholdOf failures in a row of the backend in a slot to be reported; 0: none */
  constructor(thresholdOf: (slot: number) => number, report: (slot: number, code: string) => void) {
    this.#thresholdOf = thresholdOf;
    this.#report = report;
  }

  succeeded(slot: number): void {
    if (this.#inARow.size > 0) this.#inARow.delete(slot);
  }

  failed(slot: number, code: string): void {
    const count = (this.#inARow.get(slot) ?? 0) + 1;
    this.#inARow.set(slot, count);
    const threshold = this.#thresholdOf(slot);
    if (threshold > 0 && count % threshold === 0) this.#report(slot, code);
  }
}
