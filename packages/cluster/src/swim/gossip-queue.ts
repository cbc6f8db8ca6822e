import { encodeUpdate } from './swim-codec.ts';
import type { MemberId, Update } from './swim-types.ts';

interface Waiting {
  readonly update: Update;
  readonly sizeBytes: number;
  /** How often it was told. */
  told: number;
}

/** No update is shorter: its kind, an id with its length, an incarnation. */
const smallestBytes = 4;

/** News that is too long for what is left of a packet: after so many pieces, no shorter one is looked for. */
const maxSkipped = 8;

/** So many replaced pieces are kept before they are looked for. */
const slack = 64;

/**
 * News to tell, at most one piece for each member: a newer one takes the place of the older. What was told least often
 * goes first (SWIM paper, section 4.1), so that fresh news spreads exponentially under any load.
 *
 * Kept by how often it was told, so that taking some does not look at all of it.
 */
export class GossipQueue {
  readonly #waiting = new Map<MemberId, Waiting>();
  /** Those told as often as the index says, the newest last; and what has been replaced since, until it is met. */
  #byTold: Waiting[][] = [];
  /** How many there are on all shelves, the replaced ones too. */
  #shelved = 0;

  get size(): number {
    return this.#waiting.size;
  }

  has(id: MemberId): boolean {
    return this.#waiting.has(id);
  }

  push(update: Update): void {
    const waiting = { update, sizeBytes: encodeUpdate(update).length, told: 0 };
    this.#waiting.set(update.id, waiting);
    this.#shelve(waiting);
    if (this.#shelved > 2 * this.#waiting.size + slack) this.#dropReplaced();
  }

  /**
   * Takes what fits into so many bytes, and forgets what has then been told `limit` times.
   * @param first goes before all else and is not counted as told: what the receiver must hear about itself.
   */
  take(spaceBytes: number, limit: number, first: Update | null = null): Update[] {
    const updates: Update[] = first === null ? [] : [first];
    if (this.#waiting.size === 0) return updates;
    const leftBytes = spaceBytes - (first === null ? 0 : encodeUpdate(first).length);
    const taken = this.#takeWaiting(leftBytes, first?.id ?? null);
    for (const { update } of taken) updates.push(update);
    // The newest was taken first; it is to be taken first the next time, too.
    for (const waiting of taken.toReversed()) {
      waiting.told += 1;
      if (waiting.told >= limit) this.#waiting.delete(waiting.update.id);
      else this.#shelve(waiting);
    }
    return updates;
  }

  #takeWaiting(spaceBytes: number, besides: MemberId | null): Waiting[] {
    const taken: Waiting[] = [];
    const skipped: Waiting[] = [];
    let leftBytes = spaceBytes;
    for (const shelf of this.#byTold) {
      while (leftBytes >= smallestBytes && skipped.length < maxSkipped) {
        const waiting = shelf.pop();
        if (waiting === undefined) break;
        this.#shelved -= 1;
        if (this.#waiting.get(waiting.update.id) !== waiting) continue;
        if (waiting.sizeBytes > leftBytes || waiting.update.id === besides) skipped.push(waiting);
        else {
          leftBytes -= waiting.sizeBytes;
          taken.push(waiting);
        }
      }
    }
    for (const waiting of skipped.toReversed()) this.#shelve(waiting);
    return taken;
  }

  #shelve(waiting: Waiting): void {
    (this.#byTold[waiting.told] ??= []).push(waiting);
    this.#shelved += 1;
  }

  /** What is replaced before it is met would otherwise add up while there is more news than can be told. */
  #dropReplaced(): void {
    this.#byTold = this.#byTold.map((shelf) => {
      return shelf.filter((waiting) => this.#waiting.get(waiting.update.id) === waiting);
    });
    this.#shelved = this.#waiting.size;
  }
}
