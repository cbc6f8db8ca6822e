/** Bytes that arrive in pieces and are taken in others; never copied more than once. */
export class ChunkQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Takes exactly so many bytes, or null while there are fewer. */
  take(count: number): Buffer | null {
    if (count > this.#length) return null;
    const taken: Buffer[] = [];
    let missing = count;
    let index = 0;
    while (missing > 0) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      if (chunk.length > missing) {
        taken.push(chunk.subarray(0, missing));
        this.#chunks[index] = chunk.subarray(missing);
        missing = 0;
      } else {
        taken.push(chunk);
        missing -= chunk.length;
        index += 1;
      }
    }
    this.#chunks = this.#chunks.slice(index);
    this.#length -= count;
    const [only] = taken;
    return taken.length === 1 && only !== undefined ? only : Buffer.concat(taken, count);
  }
}
