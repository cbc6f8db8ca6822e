import { createHmac, randomBytes } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new signing secret: 256 random bits, as Standard Webhooks writes them. */
export function newWebhookSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** What is signed. */
export interface SignedParts {
  /** Stays the same when it is sent again. */
  readonly id: string;
  /** Seconds since the epoch of this attempt. */
  readonly timestampSeconds: number;
  readonly body: string;
}

/**
 * The `webhook-signature` header of Standard Webhooks 1.0 (standardwebhooks.com): one `v1,` signature for each
 * secret, HMAC-SHA256 of `id.timestamp.body`, separated by spaces. A receiver accepts when one of them fits.
 */
export function signatureOf({ id, timestampSeconds, body }: SignedParts, secrets: readonly string[]): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
      const mac = createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64');
      return `v1,${mac}`;
    })
    .join(' ');
}
