import { randomBytes } from 'node:crypto';

/** Characters of a token: 16 random bytes in base64url. */
const tokenLength = 22;

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
    };

/** Unique for ever: no lease can be mistaken for another, before or after an invalidation. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/** Format version 1: `1`, a letter for the state, the token, then `expiry.load;payload` in base 36. */
export function encodeEntry(entry: Entry): string {
  if (entry.state === 'leased') return `1L${entry.token}`;
  const times = `${Math.round(entry.expiresAtMs).toString(36)}.${Math.round(entry.loadMs).toString(36)}`;
  return entry.payload === undefined
    ? `1N${entry.token}${times};`
    : `1V${entry.token}${times};${entry.payload}`;
}

/** Undefined for a version or form this code does not know, which readers treat as a miss. */
export function decodeEntry(held: string): Entry | undefined {
  const state = held.slice(0, 2);
  const token = held.slice(2, 2 + tokenLength);
  if (token.length !== tokenLength) return undefined;
  if (state === '1L') return { state: 'leased', token };
  if (state !== '1V' && state !== '1N') return undefined;
  const end = held.indexOf(';', 2 + tokenLength);
  if (end < 0) return undefined;
  const [expiry = '', load = ''] = held.slice(2 + tokenLength, end).split('.');
  const expiresAtMs = Number.parseInt(expiry, 36);
  const loadMs = Number.parseInt(load, 36);
  if (Number.isNaN(expiresAtMs) || Number.isNaN(loadMs)) return undefined;
  return {
    state: 'filled',
    token,
    expiresAtMs,
    loadMs,
    payload: state === '1N' ? undefined : held.slice(end + 1),
  };
}
