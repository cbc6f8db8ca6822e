import { CacheError } from './errors.ts';

const allowed = /^[A-Za-z0-9_.:{}*?-]{1,256}$/;

/**
 * Checks a key pattern: `*` stands for any run of characters, `?` for any one; all else stands for itself.
 * Brackets and backslashes, which Redis would give a meaning, are refused.
 *
 * @throws CacheError `invalid` naming `pattern` (or `field`).
 */
export function checkPattern(pattern: string, field = 'pattern'): string {
  if (!allowed.test(pattern)) {
    throw new CacheError(
      'invalid',
      `${field} must be 1 to 256 letters, digits or "_ . : { } -", with "*" for any run and "?" for any one character`,
      { field, rule: 'pattern' },
    );
  }
  return pattern;
}

/** False for what can only match itself. */
export function isPattern(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/**
 * A matcher with the meaning Redis gives `*` and `?`. It backtracks to the last `*` only, so that no pattern
 * costs more than its length times the key's (a regular expression of many `.*` would).
 */
export function patternMatcher(pattern: string): (key: string) => boolean {
  return (key) => {
    let at = 0;
    let next = 0;
    let star = -1;
    let resumeAt = 0;
    while (at < key.length) {
      if (pattern[next] === '*') {
        star = next;
        next += 1;
        resumeAt = at;
      } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === key[at])) {
        next += 1;
        at += 1;
      } else if (star >= 0) {
        next = star + 1;
        resumeAt += 1;
        at = resumeAt;
      } else {
        return false;
      }
    }
    while (pattern[next] === '*') next += 1;
    return next === pattern.length;
  };
}
