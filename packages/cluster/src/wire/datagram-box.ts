import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import type { DropReason } from './drop-counts.ts';
import { keyIdBytes, type ClusterKey, type KeyRing } from './key-ring.ts';
import { ReplayWindow } from './replay-window.ts';

/** A sealed datagram is at most so large, so that it fits one packet of usual networks. */
export const maxDatagramBytes = 1_400;

const magic = 0x48;
const version = 1;
const tagStart = 2;
const keyIdStart = 6;
const sessionStart = 10;
const sessionBytes = 12;
const counterStart = 22;
const counterBytes = 6;
const headerBytes = 28;
const authTagBytes = 16;

/** What sealing adds to a message. */
export const datagramOverheadBytes = headerBytes + authTagBytes;

/** The longest message that a datagram takes. */
export const maxDatagramPayloadBytes = maxDatagramBytes - datagramOverheadBytes;

const maxCounter = 2 ** 48 - 1;
const maxSenders = 4_096;

/** The message of a datagram, or why there is none. */
export type Opened =
  { readonly ok: true; readonly payload: Buffer } | { readonly ok: false; readonly reason: DropReason };

interface Sender {
  readonly key: KeyObject;
  readonly seen: ReplayWindow;
}

/**
 * Seals and opens datagrams: AES-256-GCM under a key that each sending process derives for itself from the cluster's
 * key and a random session, with a counter as the nonce. The counter is also what replays are found by.
 *
 * A receiver that has just started, or has heard 4,096 newer senders since, cannot know how far an older sender had
 * counted, and takes a recorded datagram of it once. What datagrams carry must be harmless when told again: the gossip
 * above is (incarnations order it, and probes are matched by random numbers).
 */
export class DatagramBox {
  readonly #ring: KeyRing;
  readonly #senders = new Map<string, Sender>();
  #session: Buffer = Buffer.alloc(0);
  #sessionKey: KeyObject | null = null;
  #sealingKey: ClusterKey | null = null;
  #counter = 0;

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** @throws RangeError for a message that is longer than `maxDatagramPayloadBytes`. */
  seal(payload: Uint8Array): Buffer {
    if (payload.length > maxDatagramPayloadBytes) {
      throw new RangeError(
        `a datagram takes at most ${maxDatagramPayloadBytes} bytes, not ${payload.length}`,
      );
    }
    const sessionKey = this.#keyForNext();
    this.#counter += 1;
    const datagram = Buffer.allocUnsafe(headerBytes + payload.length + authTagBytes);
    datagram[0] = magic;
    datagram[1] = version;
    this.#ring.clusterTag.copy(datagram, tagStart);
    this.#ring.primary.id.copy(datagram, keyIdStart);
    this.#session.copy(datagram, sessionStart);
    datagram.writeUIntBE(this.#counter, counterStart, counterBytes);
    const header = datagram.subarray(0, headerBytes);
    const cipher = createCipheriv('aes-256-gcm', sessionKey, nonceOf(header));
    cipher.setAAD(header);
    cipher.update(payload).copy(datagram, headerBytes);
    cipher.final();
    cipher.getAuthTag().copy(datagram, headerBytes + payload.length);
    return datagram;
  }

  open(datagram: Buffer): Opened {
    if (datagram.length > maxDatagramBytes) return dropped('oversized');
    if (datagram.length < 2) return dropped('truncated');
    if (datagram[0] !== magic || datagram[1] !== version) return dropped('malformed');
    if (datagram.length < datagramOverheadBytes) return dropped('truncated');
    if (!datagram.subarray(tagStart, keyIdStart).equals(this.#ring.clusterTag))
      return dropped('wrong-cluster');
    const key = this.#ring.find(datagram.subarray(keyIdStart, keyIdStart + keyIdBytes));
    if (key === null) return dropped('wrong-key');

    const name = datagram.toString('latin1', keyIdStart, counterStart);
    const sender = this.#senders.get(name) ?? this.#newSender(key, datagram);
    const payload = decrypt(sender.key, datagram);
    if (payload === null) return dropped('forged');
    // Only who holds the key gets this far, so strangers can neither fill the table nor move a window.
    this.#remember(name, sender);
    if (!sender.seen.accept(datagram.readUIntBE(counterStart, counterBytes))) return dropped('replayed');
    return { ok: true, payload };
  }

  #keyForNext(): KeyObject {
    const isGood = this.#sealingKey === this.#ring.primary && this.#counter < maxCounter;
    if (isGood && this.#sessionKey !== null) return this.#sessionKey;
    this.#sealingKey = this.#ring.primary;
    this.#session = randomBytes(sessionBytes);
    this.#sessionKey = this.#keyOf(this.#sealingKey, this.#session);
    this.#counter = 0;
    return this.#sessionKey;
  }

  #keyOf(key: ClusterKey, session: Uint8Array): KeyObject {
    return createSecretKey(this.#ring.derive(key, session, 'datagram'));
  }

  #newSender(key: ClusterKey, datagram: Buffer): Sender {
    const session = datagram.subarray(sessionStart, counterStart);
    return { key: this.#keyOf(key, session), seen: new ReplayWindow() };
  }

  /** Keeps the senders heard last. */
  #remember(name: string, sender: Sender): void {
    this.#senders.delete(name);
    this.#senders.set(name, sender);
    if (this.#senders.size <= maxSenders) return;
    const [oldest] = this.#senders.keys();
    if (oldest !== undefined) this.#senders.delete(oldest);
  }
}

function decrypt(key: KeyObject, datagram: Buffer): Buffer | null {
  const header = datagram.subarray(0, headerBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(header), { authTagLength: authTagBytes });
  decipher.setAAD(header);
  decipher.setAuthTag(datagram.subarray(-authTagBytes));
  const payload = decipher.update(datagram.subarray(headerBytes, -authTagBytes));
  try {
    decipher.final();
    return payload;
  } catch {
    return null;
  }
}

function nonceOf(header: Buffer): Buffer {
  const nonce = Buffer.alloc(12);
  header.copy(nonce, 12 - counterBytes, counterStart);
  return nonce;
}

function dropped(reason: DropReason): Opened {
  return { ok: false, reason };
}
