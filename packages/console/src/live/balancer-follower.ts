import type { Clock } from '@hanok/service-kit';
import type { BalancerPoller } from './balancer-poller.ts';

const retryMs = 1_000;

/** Follows one lb-proxy: asked each round, and at once when it says that something happened. */
export class BalancerFollower {
  readonly poller: BalancerPoller;
  readonly #clock: Clock;
  readonly #onEvent: () => void;
  readonly #stopped = new AbortController();
  #polling: Promise<void> | null = null;

  constructor(poller: BalancerPoller, clock: Clock, onEvent: () => void) {
    this.poller = poller;
    this.#clock = clock;
    this.#onEvent = onEvent;
    void this.#follow();
  }

  /** One poll at a time: a slow balancer is not asked again before it has answered. */
  poll(): Promise<void> {
    this.#polling ??= this.poller.poll().finally(() => (this.#polling = null));
    return this.#polling;
  }

  stop(): void {
    this.#stopped.abort();
    this.poller.close();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const isNews = await this.poller.awaitEvents(signal);
        if (!isNews) continue;
        await this.poll();
        this.#onEvent();
      } catch {
        await this.#clock.sleep(retryMs, signal).catch(() => undefined);
      }
    }
  }
}
