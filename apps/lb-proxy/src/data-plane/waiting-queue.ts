import type { Refusal } from './outcomes.ts';

/** A client that waits for a backend. */
export interface Waiting {
  /** Tries to get a backend; true when it got one. */
  tryPlace(): boolean;
  /** Others may have what this client cannot: some backend failed it before, or it belongs to another pool. */
  readonly hasLeftOut: boolean;
  /** Longest wait, ms. */
  readonly queueTimeoutMs: number;
  refuse(reason: Refusal): void;
}

/** What the queue needs of the shared state. */
export interface WaitingPlaces {
  /** Takes one of the places that all workers share; false when there is none. */
  take(): boolean;
  give(): void;
}

/** Room on a backend may have been freed by another worker, which tells nobody: so the queue looks again. */
const LOOK_AGAIN_MS = 20;

/**
 * Clients for which no backend has room, oldest first. Bounded over all workers; whoever waited for as long as its
 * pool lets it is refused.
 */
export class WaitingQueue {
  readonly #places: WaitingPlaces;
  readonly #nowMs: () => number;
  readonly #deadlines = new Map<Waiting, number>();
  #timer: NodeJS.Timeout | undefined;
  #serving = false;

  constructor(places: WaitingPlaces, nowMs: () => number) {
    this.#places = places;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#deadlines.size;
  }

  /** False when no more clients may wait. */
  add(client: Waiting): boolean {
    if (!this.#places.take()) return false;
    this.#deadlines.set(client, this.#nowMs() + client.queueTimeoutMs);
    this.#timer ??= setInterval(() => this.serve(), LOOK_AGAIN_MS);
    return true;
  }

  remove(client: Waiting): void {
    if (!this.#deadlines.delete(client)) return;
    this.#places.give();
    if (this.#deadlines.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Gives backends to those who can have one, oldest first, and turns away those who have waited too long. */
  serve(): void {
    // Turning one away ends its session, which would serve the queue again from within.
    if (this.#serving) return;
    this.#serving = true;
    const nowMs = this.#nowMs();
    for (const [client, deadlineMs] of this.#deadlines) {
      if (client.tryPlace()) this.remove(client);
      else if (deadlineMs <= nowMs) this.#refuse(client, 'queue-timeout');
      // Whoever came later belongs to the same pool: it is not due yet, and cannot have what this one could not.
      else if (!client.hasLeftOut) break;
    }
    this.#serving = false;
  }

  refuseAll(reason: Refusal): void {
    this.#serving = true;
    for (const client of this.#deadlines.keys()) this.#refuse(client, reason);
    this.#serving = false;
  }

  #refuse(client: Waiting, reason: Refusal): void {
    this.remove(client);
    client.refuse(reason);
  }
}
