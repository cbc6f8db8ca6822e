import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
/** JSON never begins so. */
const MARK = 'sealed:';

/** What is stored of an Idempotency-Key. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/**
 * Encrypts an answer that shows a secret, so that only who has the Idempotency-Key can have it again: AES-256-GCM
 * (NIST SP 800-38D) under a key that HKDF-SHA-256 (RFC 5869) derives from the Idempotency-Key, of which the
 * database has only the hash. `place` says what the answer belongs to; sealed for one, it opens for no other.
 */
export function seal(answer: string, key: string, place: string): string {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secretOf(key, salt), nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(answer, 'utf8'), cipher.final()]);
  return MARK + Buffer.concat([salt, nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The answer, whether it was sealed or not. @throws Error when it was sealed with another key, or for another place. */
export function unseal(stored: string, key: string, place: string): string {
  if (!stored.startsWith(MARK)) return stored;
  const bytes = Buffer.from(stored.slice(MARK.length), 'base64url');
  const nonceAt = SALT_BYTES;
  const tagAt = nonceAt + NONCE_BYTES;
  const sealedAt = tagAt + TAG_BYTES;
  const secret = secretOf(key, bytes.subarray(0, nonceAt));
  const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(nonceAt, tagAt), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(tagAt, sealedAt));
  return decipher.update(bytes.subarray(sealedAt), undefined, 'utf8') + decipher.final('utf8');
}

function secretOf(key: string, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, 'hanok idempotent answer', 32));
}
