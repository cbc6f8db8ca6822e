import { hash, timingSafeEqual } from 'node:crypto';
import type { Role } from './operator.ts';

export interface ConsoleTokens {
  /** Gives the role operator; undefined where the service runs without one. */
  readonly adminToken: string | undefined;
  /** Gives the role viewer; undefined: there are no viewers. */
  readonly viewerToken: string | undefined;
}

/**
 * The role that a token gives, or null. Both comparisons are always made, in constant time, so that how long it
 * takes tells nothing.
 */
export function roleOfToken(tokens: ConsoleTokens, given: string): Role | null {
  const isAdmin = equals(tokens.adminToken, given);
  const isViewer = equals(tokens.viewerToken, given);
  if (isAdmin) return 'operator';
  return isViewer ? 'viewer' : null;
}

/** Hashing first gives both sides one length, which `timingSafeEqual` needs. */
function equals(expected: string | undefined, given: string): boolean {
  const isEqual = timingSafeEqual(digest(expected ?? ''), digest(given));
  return isEqual && expected !== undefined;
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
