import { createHash, hkdfSync } from 'node:crypto';

/** Every key is so long; AES-256 and HKDF-SHA-256 work with it. */
export const keyBytes = 32;

/** The name of a key on the wire: it tells nothing about the key. */
export const keyIdBytes = 4;

const maxKeys = 8;

/** One secret that all members of a cluster share. */
export interface ClusterKey {
  readonly id: Buffer;
  readonly secret: Buffer;
}

/**
 * The keys a member takes messages under, and the one, the primary, it seals its own with.
 *
 * To change the key of a running cluster without a gap: `add` the new one on every member, then `use` it on every
 * member, then `remove` the old one on every member.
 */
export class KeyRing {
  readonly clusterName: string;
  /** The cluster's name on the wire: members of other clusters are told apart before any key is tried. */
  readonly clusterTag: Buffer;
  /** True when there is no secret: whoever reaches the port can take part. For loopback only. */
  readonly isOpen: boolean;
  readonly #keys: ClusterKey[];

  /**
   * @param secrets the first is the primary; none makes an open ring, whose key anybody can work out.
   * @throws RangeError for a key that is not 32 bytes long, for more than 8, or for an empty or too long name.
   */
  constructor(clusterName: string, secrets: readonly Uint8Array[]) {
    if (clusterName === '' || Buffer.byteLength(clusterName) > 64) {
      throw new RangeError('cluster name: must be 1 to 64 bytes');
    }
    this.clusterName = clusterName;
    this.clusterTag = digest(`hanok cluster ${clusterName}`).subarray(0, 4);
    this.isOpen = secrets.length === 0;
    this.#keys = this.isOpen ? [clusterKey(digest('hanok open cluster'))] : [];
    for (const secret of secrets) this.add(secret);
  }

  /** The key that messages are sealed with. */
  get primary(): ClusterKey {
    const [first] = this.#keys;
    if (first === undefined) throw new Error('a key ring has at least one key');
    return first;
  }

  /** How many keys messages are taken under. */
  get size(): number {
    return this.#keys.length;
  }

  /** The key of this id, or null. */
  find(id: Uint8Array): ClusterKey | null {
    return this.#keys.find((key) => key.id.equals(id)) ?? null;
  }

  /** Takes messages under this key too. Does nothing when it is there already. @throws RangeError */
  add(secret: Uint8Array): void {
    const key = clusterKey(secret);
    if (this.find(key.id) !== null) return;
    if (this.#keys.length >= maxKeys) throw new RangeError(`key ring: holds at most ${maxKeys} keys`);
    this.#keys.push(key);
  }

  /** Seals with this key from now on. @throws RangeError when it was not added before. */
  use(secret: Uint8Array): void {
    const { id } = clusterKey(secret);
    const index = this.#keys.findIndex((key) => key.id.equals(id));
    if (index < 0) throw new RangeError('key ring: a key must be added before it is used');
    this.#keys.unshift(...this.#keys.splice(index, 1));
  }

  /** Takes no more messages under this key. @throws RangeError when it is the primary. */
  remove(secret: Uint8Array): void {
    const { id } = clusterKey(secret);
    if (this.primary.id.equals(id)) throw new RangeError('key ring: the primary key cannot be removed');
    const index = this.#keys.findIndex((key) => key.id.equals(id));
    if (index >= 0) this.#keys.splice(index, 1);
  }

  /**
   * A key for one use, bound to the cluster's name and to the salt (HKDF-SHA-256, RFC 5869). Because each sender
   * draws its own salt, counters can serve as nonces and no nonce is ever used twice.
   */
  derive(key: ClusterKey, salt: Uint8Array, purpose: string): Buffer {
    return Buffer.from(
      hkdfSync('sha256', key.secret, salt, `hanok v1 ${purpose} ${this.clusterName}`, keyBytes),
    );
  }
}

/**
 * Reads keys as the configuration holds them: base64, 32 bytes each, parted by commas, the primary first.
 * @throws RangeError that does not repeat the text.
 */
export function parseKeys(text: string): Buffer[] {
  const keys = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const key = Buffer.from(part, 'base64');
      if (key.length !== keyBytes || key.toString('base64').replace(/=+$/, '') !== part.replace(/=+$/, '')) {
        throw new RangeError(`each key must be ${keyBytes} bytes in base64`);
      }
      return key;
    });
  if (keys.length > maxKeys) throw new RangeError(`there may be at most ${maxKeys} keys`);
  return keys;
}

function clusterKey(secret: Uint8Array): ClusterKey {
  if (secret.length !== keyBytes) throw new RangeError(`a key must be ${keyBytes} bytes long`);
  const copy = Buffer.from(secret);
  return {
    secret: copy,
    id: createHash('sha256').update('hanok key id').update(copy).digest().subarray(0, keyIdBytes),
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
