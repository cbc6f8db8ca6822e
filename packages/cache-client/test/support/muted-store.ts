import {
  CacheError,
  CacheStore,
  type Operation,
  type SignalListener,
  type SignalSubscription,
} from '../../src/index.ts';

/** A store whose link can fail: nothing gets through either way, or signals are lost. */
export class MutedStore extends CacheStore {
  readonly #store: CacheStore;
  #state: 'well' | 'muted' | 'losing signals' = 'well';

  constructor(store: CacheStore) {
    super();
    this.#store = store;
  }

  get connected() {
    return this.#state !== 'muted';
  }

  get lastError() {
    return this.#store.lastError;
  }

  mute(): void {
    this.#state = 'muted';
  }

  unmute(): void {
    this.#state = 'well';
  }

  loseSignals(): void {
    this.#state = 'losing signals';
  }

  status() {
    return this.#store.status();
  }

  async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    if (this.#state === 'muted') throw new CacheError('unavailable', 'muted');
    return this.#store.run(operation, keys, args);
  }

  deleteMatching(pattern: string, tag?: string) {
    return this.#store.deleteMatching(pattern, tag);
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    return this.#store.subscribe(key, (payload) => {
      if (this.#state === 'well') listener(payload);
    });
  }

  close() {
    return this.#store.close();
  }
}
