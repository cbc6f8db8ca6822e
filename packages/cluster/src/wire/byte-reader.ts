import { isUtf8 } from 'node:buffer';
import { WireError } from './wire-error.ts';

/**
 * Reads a message, value after value, strictly: every value is checked against the bytes left and the bound its
 * caller gives, before anything is allocated. One form only is taken for each value.
 * All methods throw `WireError` with the reason `truncated`, `oversized` or `malformed`.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw new WireError('truncated', 'message ends where a byte should be');
    this.#offset += 1;
    return value;
  }

  boolean(): boolean {
    const value = this.byte();
    if (value > 1) throw new WireError('malformed', 'a boolean must be 0 or 1');
    return value === 1;
  }

  /** A whole number from 0 to `max`, in its shortest form. */
  varint(max = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 8; index += 1) {
      const part = this.byte();
      value += (part & 127) * scale;
      if (part < 128) {
        if (part === 0 && index > 0)
          throw new WireError('malformed', 'a number must be in its shortest form');
        if (value > max) throw new WireError('oversized', `a number must be at most ${max}`);
        return value;
      }
      scale *= 128;
    }
    throw new WireError('malformed', 'a number must take at most 8 bytes');
  }

  /** Bytes with their length before them. A view of the message, not a copy. */
  bytes(maxBytes: number): Uint8Array {
    return this.raw(this.varint(maxBytes));
  }

  /** Text with its length before it; must be valid UTF-8. */
  string(maxBytes: number): string {
    const bytes = this.bytes(maxBytes);
    const short = bytes.length <= shortBytes ? asciiOf(bytes) : null;
    if (short !== null) return short;
    if (!isUtf8(bytes)) throw new WireError('malformed', 'text must be valid UTF-8');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  }

  /** So many bytes as they are. A view of the message, not a copy. */
  raw(count: number): Uint8Array {
    if (count > this.remaining) throw new WireError('truncated', 'message ends within a value');
    const value = this.#bytes.subarray(this.#offset, this.#offset + count);
    this.#offset += count;
    return value;
  }

  /** Must be called last: bytes nobody reads are an error. */
  finish(): void {
    if (this.remaining > 0) throw new WireError('malformed', 'message goes on after its end');
  }
}

/** Texts of up to this length, which ids and hosts nearly always are, are read without the way into native code. */
const shortBytes = 32;

/** @returns null when there is more than ASCII in it. */
function asciiOf(bytes: Uint8Array): string | null {
  let text = '';
  for (const byte of bytes) {
    if (byte > 127) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}
