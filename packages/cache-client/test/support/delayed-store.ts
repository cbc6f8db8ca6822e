import type { Rng } from '@hanok/service-kit';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CacheStore, type Operation, type SignalListener, type SignalSubscription } from '../../src/index.ts';

/** Waits a random number of turns of the event loop, mostly few, sometimes many. */
export async function dawdle(rng: Rng): Promise<void> {
  const turns = rng.next() < 0.1 ? 40 : Math.floor(rng.next() * 4);
  for (let i = 0; i < turns; i += 1) await nextTurn();
}

/** A store behind a network that takes its time both ways, and with what it tells unasked. */
export class DelayedStore extends CacheStore {
  readonly #store: CacheStore;
  readonly #rng: Rng;
  #arrival: Promise<unknown> = Promise.resolve();

  constructor(store: CacheStore, rng: Rng) {
    super();
    this.#store = store;
    this.#rng = rng;
  }

  get connected() {
    return this.#store.connected;
  }

  get lastError() {
    return this.#store.lastError;
  }

  override get keepsOrder() {
    return this.#store.keepsOrder;
  }

  status() {
    return this.#store.status();
  }

  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    await this.#wayThere();
    const result = await this.#store.run(operation, keys, args);
    await dawdle(this.#rng);
    return result;
  }

  deleteMatching(pattern: string, tag?: string) {
    return this.#store.deleteMatching(pattern, tag);
  }

  /** Late, all that came meanwhile together, in the order it came. */
  subscribe(key: string, listener: SignalListener): SignalSubscription {
    let late: (string | undefined)[] = [];
    const deliver = async (): Promise<void> => {
      await dawdle(this.#rng);
      const payloads = late;
      late = [];
      for (const payload of payloads) listener(payload);
    };
    return this.#store.subscribe(key, (payload) => {
      late.push(payload);
      if (late.length === 1) void deliver();
    });
  }

  override tell(key: string, payload: string): void {
    void dawdle(this.#rng).then(() => this.#store.tell(key, payload));
  }

  close() {
    return this.#store.close();
  }

  /** Where the store keeps the order, nothing arrives before what was sent earlier. */
  #wayThere(): Promise<unknown> {
    const way = dawdle(this.#rng);
    if (!this.keepsOrder) return way;
    this.#arrival = Promise.all([this.#arrival, way]);
    return this.#arrival;
  }
}
