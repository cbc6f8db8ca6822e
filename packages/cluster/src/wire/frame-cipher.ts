import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { WireError } from './wire-error.ts';

/** Before each frame: the length of what follows, big-endian. */
export const frameHeaderBytes = 4;

const authTagBytes = 16;

/** What sealing adds to a message: the length before it and the tag after it. */
export const frameOverheadBytes = frameHeaderBytes + authTagBytes;

/**
 * Seals and opens the frames of one direction of a stream. The nonce is the frame's number, which is never sent: a
 * frame that was changed, repeated, left out or moved does not open.
 */
export class FrameCipher {
  /** Bytes would be made a key of anew for each frame, which takes three times as long as sealing it. */
  readonly #key: KeyObject;
  #count = 0;

  /** @param key used for nothing else. */
  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  /** @returns the length, the sealed message and its tag. */
  seal(payload: Uint8Array): Buffer {
    const header = Buffer.allocUnsafe(frameHeaderBytes);
    header.writeUInt32BE(payload.length + authTagBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#nextNonce());
    cipher.setAAD(header);
    const sealed = cipher.update(payload);
    cipher.final();
    return Buffer.concat([header, sealed, cipher.getAuthTag()]);
  }

  /** @param body what followed the length. @throws WireError `forged` or `malformed`. */
  open(body: Buffer): Buffer {
    if (body.length < authTagBytes) throw new WireError('malformed', 'frame shorter than its tag');
    const header = Buffer.allocUnsafe(frameHeaderBytes);
    header.writeUInt32BE(body.length);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, this.#nextNonce(), {
      authTagLength: authTagBytes,
    });
    decipher.setAAD(header);
    decipher.setAuthTag(body.subarray(-authTagBytes));
    const payload = decipher.update(body.subarray(0, -authTagBytes));
    try {
      decipher.final();
    } catch {
      throw new WireError('forged', 'frame does not fit its tag');
    }
    return payload;
  }

  #nextNonce(): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(BigInt(this.#count), 4);
    this.#count += 1;
    return nonce;
  }
}
