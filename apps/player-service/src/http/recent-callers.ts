/** Callers remembered; beyond it the one unseen for longest is forgotten. */
const MAX_CALLERS = 100_000;

/** What is known of the callers seen last, in bounded number. */
export class RecentCallers<T> {
  readonly #known = new Map<string, T>();

  get(caller: string): T | undefined {
    return this.#known.get(caller);
  }

  set(caller: string, value: T): void {
    this.#known.delete(caller);
    this.#known.set(caller, value);
    if (this.#known.size <= MAX_CALLERS) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
