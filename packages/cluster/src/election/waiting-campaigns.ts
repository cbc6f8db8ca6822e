import type { Leadership } from './election.ts';

/** Those who asked for leadership and wait until this node has it. */
export class WaitingCampaigns {
  readonly #waiting = new Set<(leadership: Leadership) => void>();

  /** @throws the signal's reason when it aborts before leadership is won. */
  wait(signal?: AbortSignal): Promise<Leadership> {
    return new Promise((resolve, reject) => {
      const settle = (leadership: Leadership): void => {
        signal?.removeEventListener('abort', abort);
        resolve(leadership);
      };
      const abort = (): void => {
        this.#waiting.delete(settle);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted === true) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(settle);
    });
  }

  /** Leadership is won: all that wait get it. */
  settle(leadership: Leadership): void {
    for (const settle of this.#waiting) settle(leadership);
    this.#waiting.clear();
  }
}
