/** How often a key was used, at least roughly. */
export interface FrequentKey {
  readonly key: string;
  readonly count: number;
}

const capacity = 256;

/**
 * The keys used most often, in bounded room (Metwally et al., "Efficient computation of frequent and top-k elements in
 * data streams", 2005): when there is no room for another, it takes the place and the count of the one counted least.
 * Counts fade by half each minute, so that it is what is hot now.
 */
export class FrequentKeys {
  readonly #counts = new Map<string, number>();
  #fadedAtMs = 0;

  add(key: string, nowMs: number): void {
    if (nowMs - this.#fadedAtMs >= 60_000) this.#fade(nowMs);
    const count = this.#counts.get(key);
    if (count !== undefined) this.#counts.set(key, count + 1);
    else if (this.#counts.size < capacity) this.#counts.set(key, 1);
    else this.#replaceLeast(key);
  }

  /** The first `count`, most used first. */
  top(count: number): FrequentKey[] {
    return [...this.#counts]
      .map(([key, used]) => ({ key, count: used }))
      .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, count);
  }

  #fade(nowMs: number): void {
    this.#fadedAtMs = nowMs;
    for (const [key, count] of this.#counts) {
      if (count > 1) this.#counts.set(key, Math.floor(count / 2));
      else this.#counts.delete(key);
    }
  }

  #replaceLeast(key: string): void {
    let least: string | null = null;
    let leastCount = Infinity;
    for (const [each, count] of this.#counts) {
      if (count < leastCount) [least, leastCount] = [each, count];
    }
    if (least !== null) this.#counts.delete(least);
    this.#counts.set(key, leastCount + 1);
  }
}
