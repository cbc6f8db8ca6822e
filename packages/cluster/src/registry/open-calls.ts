import { randomBytes } from 'node:crypto';
import type { CallId } from './registry-types.ts';

/** Numbers the commands of this coordinator, and knows which of them it may still send again. */
export class OpenCalls {
  readonly #caller = randomBytes(9).toString('base64url');
  readonly #open = new Set<number>();
  #last = 0;

  begin(): CallId {
    this.#last += 1;
    this.#open.add(this.#last);
    // In the order in which they were begun: the first is the lowest.
    const [settled = this.#last] = this.#open;
    return { caller: this.#caller, number: this.#last, settled };
  }

  /** Answered or given up: it is not sent again. */
  end({ number }: CallId): void {
    this.#open.delete(number);
  }
}
