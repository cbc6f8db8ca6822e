import { randomBytes } from 'node:crypto';

/** Characters of a token: 16 random bytes in base64url. */
const tokenLength = 22;

const filledForm = /^1([VN])[\w-]{22}([0-9a-z]+)\.([0-9a-z]+);/;

/** What a cached key holds: a lease to fill it, or a filled value, or the knowledge that there is none. */
export type Entry =
  | { readonly state: 'leased'; readonly token: string }
  | {
      readonly state: 'filled';
      readonly token: string;
      /** Wall clock, ms since the epoch. */
      readonly expiresAtMs: number;
      /** How long the load took, for early refresh. */
      readonly loadMs: number;
      /** The encoded value; undefined for a negative entry. */
      readonly payload: string | undefined;
    }
  /** Has a token but cannot be read beyond it. */
  | { readonly state: 'broken'; readonly token: string };

/** Unique for ever: no lease can be mistaken for another, before or after an invalidation. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/** Format version 1: `1`, a letter for the state, the token, then `expiry.load;payload` in base 36. */
export function encodeEntry(entry: Entry & { state: 'filled' }): string {
  const times = `${Math.round(entry.expiresAtMs).toString(36)}.${Math.ceil(entry.loadMs).toString(36)}`;
  return entry.payload === undefined
    ? `1N${entry.token}${times};`
    : `1V${entry.token}${times};${entry.payload}`;
}

/** Undefined for a version this code does not know; the engines then take the key for absent, too. */
export function decodeEntry(held: string): Entry | undefined {
  const token = held.slice(2, 2 + tokenLength);
  if (!held.startsWith('1') || token.length < tokenLength) return undefined;
  if (held[1] === 'L') return { state: 'leased', token };
  const [, kind, expiry, load] = filledForm.exec(held) ?? [];
  if (kind === undefined || expiry === undefined || load === undefined) return { state: 'broken', token };
  return {
    state: 'filled',
    token,
    expiresAtMs: Number.parseInt(expiry, 36),
    loadMs: Number.parseInt(load, 36),
    payload: kind === 'N' ? undefined : held.slice(held.indexOf(';') + 1),
  };
}
