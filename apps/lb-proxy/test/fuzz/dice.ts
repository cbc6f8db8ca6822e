import type { Rng } from '@hanok/service-kit';

/** Chances and choices out of one source of random numbers. */
export class Dice {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#rng.next() * limit);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.#rng.next() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  bytes(sizeBytes: number): Buffer {
    const bytes = Buffer.allocUnsafe(sizeBytes);
    for (let at = 0; at < sizeBytes; at += 1) bytes[at] = this.below(256);
    return bytes;
  }

  /** The same with a few things wrong: bits, bytes, lengths, parts missing, doubled or put in. */
  damaged(original: Buffer): Buffer {
    let bytes: Buffer = Buffer.from(original);
    for (let changes = this.between(1, 3); changes > 0; changes -= 1) bytes = this.#change(bytes);
    return bytes;
  }

  #change(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (this.below(6)) {
      case 0:
        if (tail.length > 0) tail[0] = (tail[0] ?? 0) ^ (1 << this.below(8));
        return bytes;
      case 1:
        if (tail.length > 0) tail[0] = this.pick([0, 1, 0x0a, 0x0d, 0x20, 0x7f, 0x80, 0xff, this.below(256)]);
        return bytes;
      case 2:
        return Buffer.concat([head, this.bytes(this.between(1, 4)), tail]);
      case 3:
        return Buffer.concat([head, tail.subarray(this.between(1, 4))]);
      case 4:
        return Buffer.concat([head, tail.subarray(0, this.between(1, 20)), tail]);
      default:
        return head;
    }
  }
}
