import { hash, randomBytes } from 'node:crypto';
import { sessionTokenPrefix } from '@hanok/service-kit';

const form = /^hps_([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/;

export interface TokenParts {
  readonly playerId: string;
  /** SHA-256 of the secret, base64url: what is stored, so that who reads the store cannot log in. */
  readonly secretHash: string;
}

/** `hps_{playerId}.{secret}` with 256 random bits. The id tells where to look, and is worth nothing alone. */
export function newSessionToken(playerId: string): string {
  return `${sessionTokenPrefix}${playerId}.${randomBytes(32).toString('base64url')}`;
}

/** Undefined for anything that cannot be a session token. */
export function parseSessionToken(token: string): TokenParts | undefined {
  const [, playerId, secret] = form.exec(token) ?? [];
  if (playerId === undefined || secret === undefined) return undefined;
  return { playerId, secretHash: hash('sha256', secret, 'base64url') };
}
