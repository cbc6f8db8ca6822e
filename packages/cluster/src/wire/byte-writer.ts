/** Builds a message, value after value, in the form that `ByteReader` reads. Grows up to its bound. */
export class ByteWriter {
  readonly #maxBytes: number;
  #bytes: Buffer;
  #length = 0;

  /** @param maxBytes writing more throws; default 16 MiB. */
  constructor(maxBytes = 16 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
    this.#bytes = Buffer.allocUnsafe(Math.min(64, maxBytes));
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** One byte, 0 to 255. */
  byte(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 255)
      throw new RangeError(`byte: ${value} is not 0 to 255`);
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  boolean(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  /** A whole number from 0 to 2^53-1 in 1 to 8 bytes (LEB128). */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`varint: ${value} is not 0 to 2^53-1`);
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): this {
    return this.varint(value.length).raw(value);
  }

  /** Text as UTF-8 with its length in bytes before it. */
  string(value: string): this {
    const count = Buffer.byteLength(value);
    this.varint(count);
    this.#reserve(count);
    this.#bytes.write(value, this.#length);
    this.#length += count;
    return this;
  }

  /** Bytes as they are; the reader must know how many. */
  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** What was written; a view that later writes may change. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    // The eight bytes reserved for a number are rarely all used, so they may pass the bound; the whole may not.
    if (needed > this.#maxBytes + 8) throw new RangeError(`message of more than ${this.#maxBytes} bytes`);
    const grown = Buffer.allocUnsafe(Math.max(needed, Math.min(this.#bytes.length * 4, this.#maxBytes)));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
