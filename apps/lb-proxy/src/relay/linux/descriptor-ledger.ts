import type { Libc } from './libc.ts';

/** Descriptors from here on are refused: the system's limit of open files is seldom higher. */
const CAPACITY = 1 << 20;
const BITS = 32;
const DESCRIPTORS_BYTES = CAPACITY / 8;
const MAX_MAPPINGS = 4;
/** An address and a size. */
const MAPPING_WORDS = 2;

/**
 * Which descriptors and which memory of the kernel's a worker thread has open, in memory that it shares with the main
 * thread. The kernel takes them back only when the whole process ends: without this, the listening socket of a
 * crashed worker would go on being given its share of the clients, and nobody would ever answer them.
 */
export class DescriptorLedger {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #mappings: BigUint64Array;

  constructor(
    buffer = new SharedArrayBuffer(
      DESCRIPTORS_BYTES + MAX_MAPPINGS * MAPPING_WORDS * BigUint64Array.BYTES_PER_ELEMENT,
    ),
  ) {
    this.buffer = buffer;
    this.#words = new Uint32Array(buffer, 0, CAPACITY / BITS);
    this.#mappings = new BigUint64Array(buffer, DESCRIPTORS_BYTES);
  }

  /** Returns false when the number is too high to be noted. */
  opened(fd: number): boolean {
    if (fd >= CAPACITY) return false;
    this.#words[fd >>> 5] = (this.#words[fd >>> 5] ?? 0) | (1 << (fd % BITS));
    return true;
  }

  closed(fd: number): void {
    this.#words[fd >>> 5] = (this.#words[fd >>> 5] ?? 0) & ~(1 << (fd % BITS));
  }

  /**
   * Notes a mapping, which stays until `closeAll`.
   * @throws RangeError when there are too many
   */
  mapped(address: bigint, sizeBytes: number): void {
    const free = this.#mappings.indexOf(0n);
    if (free < 0) throw new RangeError(`more than ${MAX_MAPPINGS} mappings`);
    this.#mappings[free] = address;
    this.#mappings[free + 1] = BigInt(sizeBytes);
  }

  /** Closes and unmaps what is left; only when the worker has ended. */
  closeAll(libc: Libc): void {
    this.#words.forEach((word, index) => {
      if (word === 0) return;
      for (let bit = 0; bit < BITS; bit++) {
        if ((word & (1 << bit)) !== 0) libc.close(index * BITS + bit);
      }
    });
    this.#words.fill(0);
    for (let index = 0; index < this.#mappings.length; index += MAPPING_WORDS) {
      const address = this.#mappings[index] ?? 0n;
      if (address !== 0n) libc.munmap(address, Number(this.#mappings[index + 1]));
    }
    this.#mappings.fill(0n);
  }
}
