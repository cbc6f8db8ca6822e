import { createHash } from 'node:crypto';
import { canonicalJson } from '../http/merge-patch.ts';

/** What makes two requests the same: method, path, version demanded and body. */
export interface FingerprintParts {
  readonly method: string;
  readonly path: string;
  readonly ifMatch: string | undefined;
  readonly body: unknown;
}

/**
 * SHA-256 of a request, independent of the order of JSON members. A password counts only as present or absent:
 * a stored fast hash that depends on it would let a thief of the database guess it without the slow one.
 */
export function fingerprintOf({ method, path, ifMatch, body }: FingerprintParts): string {
  const text = canonicalJson({ method, path, ifMatch: ifMatch ?? null, body: withoutPassword(body) ?? null });
  return createHash('sha256').update(text).digest('base64url');
}

function withoutPassword(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]: [string, unknown]) => [
      name,
      name === 'password' ? typeof value : value,
    ]),
  );
}
