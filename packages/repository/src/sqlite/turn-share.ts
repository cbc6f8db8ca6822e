import type { Clock } from '@hanok/service-kit';

/** How long a read transaction keeps the event loop before everything else that waits gets its turn. */
const shareMs = 2;

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * What a long read transaction may take of each turn of the event loop. SQLite answers at once, so a body that
 * reads chunk after chunk would never leave the microtask queue: no request, timer or deadline would be served
 * before it is through.
 */
export class TurnShare {
  readonly #clock: Clock;
  #endsAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endsAtMs = clock.monotonicMs() + shareMs;
  }

  get isUsedUp(): boolean {
    return this.#clock.monotonicMs() >= this.#endsAtMs;
  }

  /** Gives the loop away; resolves with a new share. */
  async giveWay(): Promise<void> {
    await nextTurn();
    this.#endsAtMs = this.#clock.monotonicMs() + shareMs;
  }
}
