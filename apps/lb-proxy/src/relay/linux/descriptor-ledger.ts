import type { Libc } from './libc.ts';

/** Descriptors from here on are refused: the system's limit of open files is seldom higher. */
const CAPACITY = 1 << 20;
const BITS = 32;

/**
 * Which descriptors a worker thread has open, in memory that it shares with the main thread. The kernel closes
 * them only when the whole process ends: without this, the listening socket of a crashed worker would go on being
 * given its share of the clients, and nobody would ever answer them.
 */
export class DescriptorLedger {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Uint32Array;

  constructor(buffer = new SharedArrayBuffer(CAPACITY / 8)) {
    this.buffer = buffer;
    this.#words = new Uint32Array(buffer);
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

  /** Closes what is still open; only when the worker has ended. */
  closeAll(libc: Libc): void {
    this.#words.forEach((word, index) => {
      if (word === 0) return;
      for (let bit = 0; bit < BITS; bit++) {
        if ((word & (1 << bit)) !== 0) libc.close(index * BITS + bit);
      }
    });
    this.#words.fill(0);
  }
}
