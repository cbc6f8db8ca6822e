/**
 * Read buffers of one size, used again from connection to connection so that opening one does not cost an
 * allocation outside the heap. Keeps at most `maxFree` unused ones.
 */
export class BufferPool {
  readonly #sizeBytes: number;
  readonly #maxFree: number;
  readonly #free: Buffer[] = [];

  constructor(sizeBytes: number, maxFree: number) {
    this.#sizeBytes = sizeBytes;
    this.#maxFree = maxFree;
  }

  take(): Buffer {
    // Not zeroed: only bytes that the kernel has just written are ever read from it.
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#sizeBytes);
  }

  /** Only when neither the kernel nor a socket can still refer to it. */
  give(buffer: Buffer): void {
    if (this.#free.length < this.#maxFree) this.#free.push(buffer);
  }
}
