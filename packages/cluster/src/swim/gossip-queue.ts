import { encodeUpdate } from './swim-codec.ts';
import type { MemberId, Update } from './swim-types.ts';

interface Waiting {
  readonly update: Update;
  readonly sizeBytes: number;
  /** How often it was told. */
  told: number;
  /** Rises with each piece of news: among those told equally often, the newest goes first. */
  readonly order: number;
}

/**
 * News to tell, at most one piece for each member: a newer one takes the place of the older. What was told least often
 * goes first (SWIM paper, section 4.1), so that fresh news spreads exponentially under any load.
 */
export class GossipQueue {
  readonly #waiting = new Map<MemberId, Waiting>();
  #count = 0;

  get size(): number {
    return this.#waiting.size;
  }

  has(id: MemberId): boolean {
    return this.#waiting.has(id);
  }

  push(update: Update): void {
    this.#count += 1;
    const sizeBytes = encodeUpdate(update).length;
    this.#waiting.set(update.id, { update, sizeBytes, told: 0, order: this.#count });
  }

  /**
   * Takes what fits into so many bytes, and forgets what has then been told `limit` times.
   * @param first goes before all else and is not counted as told: what the receiver must hear about itself.
   */
  take(spaceBytes: number, limit: number, first: Update | null = null): Update[] {
    const taken: Update[] = [];
    let leftBytes = spaceBytes;
    if (first !== null) {
      taken.push(first);
      leftBytes -= encodeUpdate(first).length;
    }
    if (this.#waiting.size === 0) return taken;
    for (const waiting of [...this.#waiting.values()].toSorted(byUrgency)) {
      if (waiting.sizeBytes > leftBytes || waiting.update.id === first?.id) continue;
      leftBytes -= waiting.sizeBytes;
      taken.push(waiting.update);
      waiting.told += 1;
      if (waiting.told >= limit) this.#waiting.delete(waiting.update.id);
    }
    return taken;
  }
}

function byUrgency(a: Waiting, b: Waiting): number {
  return a.told - b.told || b.order - a.order;
}
