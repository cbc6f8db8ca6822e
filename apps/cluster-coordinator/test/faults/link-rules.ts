import { seededRng } from '@hanok/testkit';

/** One direction between two processes. */
export class Way {
  #isCut = false;
  #delayMs = 0;
  #loss = 0;
  readonly #rng = seededRng('lossy link');
  readonly #waiting = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();

  get isCut(): boolean {
    return this.#isCut;
  }

  set({ isCut = false, delayMs = 0, loss = 0 }: { isCut?: boolean; delayMs?: number; loss?: number }): void {
    this.#isCut = isCut;
    this.#delayMs = delayMs;
    this.#loss = loss;
    if (isCut) return;
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }

  /** Whether the next packet is lost. */
  loses(): boolean {
    return this.#loss > 0 && this.#rng.next() < this.#loss;
  }

  /** Runs it when what was sent now arrives. Order is kept as long as the delay does not change. */
  after(run: () => void): void {
    if (this.#delayMs === 0) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, this.#delayMs);
    this.#timers.add(timer);
  }

  /** Resolves when it is not cut. */
  async open(): Promise<void> {
    while (this.#isCut) await new Promise<void>((resume) => this.#waiting.add(resume));
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.set({});
  }
}

/** What the links between named processes do. Each way of each link has its own rule; at first all are whole. */
export class LinkRules {
  readonly #ways = new Map<string, Way>();

  way(from: string, to: string): Way {
    const key = `${from} > ${to}`;
    const known = this.#ways.get(key) ?? new Way();
    this.#ways.set(key, known);
    return known;
  }

  /** Nothing gets from one to the other; the way back stays as it is. */
  cutOneWay(from: string, to: string): void {
    this.way(from, to).set({ isCut: true });
  }

  /** Cuts both ways between the one and each of the others. */
  isolate(name: string, others: readonly string[]): void {
    for (const other of others) {
      this.cutOneWay(name, other);
      this.cutOneWay(other, name);
    }
  }

  /** Every way becomes slow and loses a part of its packets. */
  degrade(names: readonly string[], rule: { readonly delayMs: number; readonly loss: number }): void {
    for (const from of names) for (const to of names) if (from !== to) this.way(from, to).set(rule);
  }

  /** All ways are whole again. */
  heal(): void {
    for (const way of this.#ways.values()) way.set({});
  }

  close(): void {
    for (const way of this.#ways.values()) way.close();
  }
}
