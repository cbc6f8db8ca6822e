import { randomBytes } from 'node:crypto';

/** Characters of a token: 16 random bytes in base64url. */
const tokenLength = 22;

const filledForm = /^([12])([VN])[\w-]{22}([0-9a-z]+)\.([0-9a-z]+);/;

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
      readonly tags: readonly string[];
    }
  /** Has a token but cannot be read beyond it. */
  | { readonly state: 'broken'; readonly token: string };

/** Unique for ever: no lease can be mistaken for another, before or after an invalidation. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * Format version 1: `1`, a letter for the state, the token, then `expiry.load;payload` in base 36. Version 2 has
 * `tag,tag;` before the payload, and is written only where there are tags: who reads version 1 alone takes such an
 * entry for a miss, so that nobody serves what he could not drop by its tag.
 */
export function encodeEntry({
  token,
  expiresAtMs,
  loadMs,
  payload,
  tags,
}: Entry & { state: 'filled' }): string {
  const version = tags.length === 0 ? '1' : '2';
  const state = payload === undefined ? 'N' : 'V';
  const times = `${Math.round(expiresAtMs).toString(36)}.${Math.ceil(loadMs).toString(36)};`;
  const labels = tags.length === 0 ? '' : `${tags.join(',')};`;
  return version + state + token + times + labels + (payload ?? '');
}

/** Undefined for a version this code does not know; the engines then take the key for absent, too. */
export function decodeEntry(held: string): Entry | undefined {
  const token = tokenOf(held);
  if (token === undefined) return undefined;
  if (held[1] === 'L') return { state: 'leased', token };
  const [head = '', version, kind, expiry, load] = filledForm.exec(held) ?? [];
  if (kind === undefined || expiry === undefined || load === undefined) return { state: 'broken', token };
  const tagsEnd = version === '1' ? head.length - 1 : held.indexOf(';', head.length);
  if (tagsEnd < 0) return { state: 'broken', token };
  return {
    state: 'filled',
    token,
    expiresAtMs: Number.parseInt(expiry, 36),
    loadMs: Number.parseInt(load, 36),
    payload: kind === 'N' ? undefined : held.slice(tagsEnd + 1),
    tags: version === '1' ? [] : held.slice(head.length, tagsEnd).split(','),
  };
}

/** The token of a lease or entry; undefined for what is of a version this code does not know. */
export function tokenOf(held: string): string | undefined {
  const isKnown = held.startsWith('1') || held.startsWith('2');
  return isKnown && held.length >= 2 + tokenLength ? held.slice(2, 2 + tokenLength) : undefined;
}

/** True for an entry that carries the tag, and for a lease: what is being loaded may carry it. */
export function mayCarry(held: string, tag: string): boolean {
  const entry = decodeEntry(held);
  return entry?.state === 'leased' || (entry?.state === 'filled' && entry.tags.includes(tag));
}
