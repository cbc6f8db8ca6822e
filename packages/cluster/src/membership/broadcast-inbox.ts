/** A message that a member sent to all. */
export interface ReceivedBroadcast {
  readonly id: string;
  /** The sender's member id. */
  readonly from: string;
  readonly text: string;
}

/** Handles a broadcast; the sender is told that it was taken once this has resolved. */
export type BroadcastHandler = (broadcast: ReceivedBroadcast) => void | Promise<void>;

const maxRemembered = 10_000;

/** Hands each broadcast over once, however often it is sent; one that failed is handed over again when it is resent. */
export class BroadcastInbox {
  readonly #handlers = new Set<BroadcastHandler>();
  readonly #taken = new Map<string, Promise<boolean>>();

  /** @returns what ends it. */
  subscribe(handler: BroadcastHandler): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** @returns whether all handlers have taken it, now or before. */
  async take(broadcast: ReceivedBroadcast): Promise<boolean> {
    const before = this.#taken.get(broadcast.id);
    if (before !== undefined) return before;
    const outcome = this.#handOver(broadcast);
    this.#taken.set(broadcast.id, outcome);
    const [oldest] = this.#taken.keys();
    if (this.#taken.size > maxRemembered && oldest !== undefined) this.#taken.delete(oldest);
    const isTaken = await outcome;
    if (!isTaken) this.#taken.delete(broadcast.id);
    return isTaken;
  }

  async #handOver(broadcast: ReceivedBroadcast): Promise<boolean> {
    try {
      for (const handler of this.#handlers) await handler(broadcast);
      return true;
    } catch {
      return false;
    }
  }
}
