import { invalidValue } from '../domain/errors.ts';

/** The entity tag of a version: strong, because the version grows with every change of the player. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** What an If-Match header demands: one of these versions, or (`*`) merely that the resource exists. */
export type IfMatch = readonly number[] | '*';

/**
 * Reads If-Match (RFC 9110, 13.1.1). Weak tags never match strongly, and neither do tags of other services:
 * both are read as versions nobody has.
 *
 * @throws DomainError `invalid_value` when it is not a list of entity tags.
 */
export function parseIfMatch(header: string | undefined): IfMatch | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return '*';
  const tags = header.split(',').map((tag) => tag.trim());
  if (tags.length > 16 || !tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/u.test(tag))) {
    throw invalidValue('headers.if-match', 'etag', 'must be an ETag in double quotes, such as "1", or *');
  }
  return tags.map((tag) => (/^"\d{1,15}"$/u.test(tag) ? Number(tag.slice(1, -1)) : -1));
}

/** Whether a version satisfies the demand. */
export function matches(demand: IfMatch, version: number): boolean {
  return demand === '*' || demand.includes(version);
}

/**
 * Whether a reader already has this version (If-None-Match), so that 304 is answer enough. A malformed header
 * simply matches nothing.
 */
export function isFresh(header: string | undefined, version: number): boolean {
  if (header === undefined) return false;
  const own = etagOf(version);
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//u, '') === own);
}
