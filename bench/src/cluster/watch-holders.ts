import type { Coordination } from '@hanok/cluster';

const lookEveryMs = 1;

/** Looks all the time at who holds a valid leadership. All of them live in this process, so a look is one moment. */
export class HolderWatch implements Disposable {
  #samples = 0;
  #twoHoldersMs = 0;
  /** How often another than before held it. */
  #changes = 0;
  readonly #nodes: readonly Coordination[];
  readonly #timer: NodeJS.Timeout;
  #last: Coordination | null = null;
  #lookedAt = performance.now();

  constructor(nodes: readonly Coordination[]) {
    this.#nodes = nodes;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** The one that held it last. */
  get holder(): Coordination | null {
    return this.#last;
  }

  result() {
    return { samples: this.#samples, twoHoldersMs: this.#twoHoldersMs, changes: this.#changes };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const holders = this.#nodes.filter((node) => node.holdsLeadership());
    this.#samples += 1;
    if (holders.length > 1) this.#twoHoldersMs += now - this.#lookedAt;
    this.#lookedAt = now;
    const [holder] = holders;
    if (holder === undefined || holder === this.#last) return;
    if (this.#last !== null) this.#changes += 1;
    this.#last = holder;
  }
}
