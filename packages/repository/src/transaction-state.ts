import { TransactionAborted, TransactionMisuse } from './errors.ts';

/** The rules every transaction handle follows on both databases; see `Session.transaction`. */
export class TransactionState {
  readonly readOnly: boolean;
  readonly #outer: TransactionState | undefined;
  #state: 'open' | 'inner' | 'closed' = 'open';
  #failure: unknown;

  constructor(readOnly: boolean, outer?: TransactionState) {
    this.readOnly = readOnly;
    this.#outer = outer;
  }

  /** Whether this transaction, or one it is part of, is over. Its body may still be running (deadline). */
  get ended(): boolean {
    return this.#state === 'closed' || this.#outer?.ended === true;
  }

  /** Throws unless the handle may be used now for a read (or, with `writes`, a write). */
  requireUsable(writes: boolean): void {
    if (this.ended) throw new TransactionMisuse('the transaction has ended');
    if (this.#state === 'inner') {
      throw new TransactionMisuse('an inner transaction is open: use its handle, or await it first');
    }
    if (this.#failure !== undefined) throw new TransactionAborted(this.#failure);
    if (writes && this.readOnly) throw new TransactionMisuse('the transaction is read-only');
  }

  /** The first statement that failed, if any. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Notes that a statement failed in the database: only a roll-back is left. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Notes a failure that no savepoint can undo: this transaction and those around it can only be rolled back. */
  doom(error: unknown): void {
    this.fail(error);
    this.#outer?.doom(error);
  }

  enterInner(): void {
    this.requireUsable(false);
    this.#state = 'inner';
  }

  leaveInner(): void {
    if (this.#state === 'inner') this.#state = 'open';
  }

  /** Throws when the body returned although the transaction cannot be committed. */
  requireCommittable(): void {
    if (this.ended) throw new TransactionMisuse('the transaction has ended');
    if (this.#state === 'inner') throw new TransactionMisuse('the body ended before its inner transaction');
    if (this.#failure !== undefined) throw new TransactionAborted(this.#failure);
  }

  close(): void {
    this.#state = 'closed';
  }
}
