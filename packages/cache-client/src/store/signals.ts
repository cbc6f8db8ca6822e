/** A running subscription to the signals of one key. */
export interface SignalSubscription {
  close(): void;
}

/**
 * Called with what the operation said with its signal; without anything when signals may have been missed, so
 * that it looks for itself.
 */
export type SignalListener = (payload?: string) => void;

/** Who listens to which key, inside one process. */
export class SignalListeners {
  readonly #listeners = new Map<string, Set<SignalListener>>();

  /** Keys somebody listens to. */
  get keys(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  has(key: string): boolean {
    return this.#listeners.has(key);
  }

  /** `true` when it is the first listener of its key. */
  add(key: string, listener: SignalListener): boolean {
    const listeners = this.#listeners.get(key);
    if (listeners !== undefined) {
      listeners.add(listener);
      return false;
    }
    this.#listeners.set(key, new Set([listener]));
    return true;
  }

  /** `true` when it was the last listener of its key. */
  remove(key: string, listener: SignalListener): boolean {
    const listeners = this.#listeners.get(key);
    if (listeners?.delete(listener) !== true || listeners.size > 0) return false;
    this.#listeners.delete(key);
    return true;
  }

  signal(key: string, payload?: string): void {
    for (const listener of this.#listeners.get(key) ?? []) listener(payload);
  }

  /** For when signals may have been missed. */
  signalAll(): void {
    for (const key of this.keys) this.signal(key);
  }
}
