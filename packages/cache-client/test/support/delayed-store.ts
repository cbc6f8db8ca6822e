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

  status() {
    return this.#store.status();
  }

  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    await dawdle(this.#rng);
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

  close() {
    return this.#store.close();
  }
}
