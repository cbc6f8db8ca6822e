import { timingSafeEqual } from 'node:crypto';
import { ConfigError } from './config/load-config.ts';

/** Session tokens of players start with this, so that a service credential is never mistaken for one. */
export const sessionTokenPrefix = 'hps_';

/** The parts of a request that decide whether it carries the service credential. */
export interface CredentialHeaders {
  readonly authorization?: string | undefined;
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/** Decides which requests count as an admin's or another service's. */
export interface AdminPolicy {
  /** True when a token is required; false on loopback without one. */
  readonly tokenRequired: boolean;
  isAdmin(headers: CredentialHeaders): boolean;
}

/** True for `localhost`, `127.0.0.0/8` and `::1`: addresses only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** The token of an `Authorization: Bearer …` header, or undefined. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}

/**
 * With a token set, the bearer must equal it (compared in constant time). Without one the service must be
 * bound to loopback, and every local request without a player's session counts as an admin's, except those
 * that a web page of another site makes a browser send (foreign Host or Origin).
 *
 * @throws ConfigError when `host` is not loopback and there is no token.
 */
export function createAdminPolicy(host: string, adminToken: string | undefined): AdminPolicy {
  if (adminToken !== undefined) {
    const matches = tokenMatcher(adminToken);
    return {
      tokenRequired: true,
      isAdmin({ authorization }) {
        const token = bearerToken(authorization);
        // A session's token is never the admin's, and comes with most requests.
        if (token === undefined || token.startsWith(sessionTokenPrefix)) return false;
        return matches(token);
      },
    };
  }
  if (!isLoopbackHost(host)) {
    throw new ConfigError([`ADMIN_TOKEN is required because HOST (${host}) is not a loopback address`]);
  }
  return {
    tokenRequired: false,
    isAdmin: ({ authorization, host: target, origin }) =>
      bearerToken(authorization)?.startsWith(sessionTokenPrefix) !== true &&
      isLocalUrl(`http://${target ?? 'localhost'}`) &&
      (origin === undefined || isLocalUrl(origin)),
  };
}

function isLocalUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isLoopbackHost(url.hostname);
}

/** Padding; no text has this byte in UTF-8. */
const noText = 0xff;

/**
 * Compares in a time that tells neither the token nor, up to 252 bytes, how long it is: both sides are padded to one
 * length. Hashing both would give the same for three times the time.
 */
function tokenMatcher(expected: string): (given: string) => boolean {
  // Room for one more character of any length, so that a token that begins with this one differs.
  const room = Math.max(256, Buffer.byteLength(expected) + 4);
  const ours = Buffer.alloc(room, noText);
  const theirs = Buffer.alloc(room);
  ours.write(expected);
  return (given) => {
    theirs.fill(noText).write(given);
    return timingSafeEqual(ours, theirs);
  };
}
