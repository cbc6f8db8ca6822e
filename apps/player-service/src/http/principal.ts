import { bearerToken, isAdmin, problems, sessionTokenPrefix, type Problem } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';

/** What an API key may be allowed to do. The admin token may do all of it, and make keys. */
export const SCOPES = [
  'players:read',
  'players:write',
  'gold:write',
  'rewards:read',
  'rewards:write',
  'sessions:write',
  'audit:read',
  'play:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Every API key begins with this. */
export const API_KEY_PREFIX = 'hpk_';

/** Who sends a request. */
export type Principal =
  | { readonly kind: 'server'; readonly scopes: 'all' | ReadonlySet<Scope>; readonly keyId?: string }
  | { readonly kind: 'player'; readonly playerId: string; readonly token: string }
  | { readonly kind: 'anonymous' };

/** How bearers are looked up; each gives null for one that belongs to nobody (any more). */
export interface BearerLookup {
  readonly findSession: (token: string) => Promise<{ readonly playerId: string } | null>;
  readonly findKey: (
    key: string,
  ) => Promise<{ readonly id: string; readonly scopes: ReadonlySet<Scope> } | null>;
}

const ADMIN: Principal = { kind: 'server', scopes: 'all' };
/** Nobody known. */
export const ANONYMOUS: Principal = { kind: 'anonymous' };

/**
 * Who sends a request: a server (admin token, an API key within its scopes, or anything without either a session
 * or a key on a tokenless loopback), a logged-in player, or nobody known.
 *
 * @throws Problem 401 when a bearer is given but belongs to no one.
 */
export async function identify(request: FastifyRequest, lookup: BearerLookup): Promise<Principal> {
  const token = bearerToken(request.headers.authorization);
  // Before the loopback rule: a key means no more there than elsewhere.
  if (token?.startsWith(API_KEY_PREFIX) === true) {
    const key = await lookup.findKey(token);
    if (key === null) throw unauthorized('This API key is unknown, expired or revoked');
    return { kind: 'server', scopes: key.scopes, keyId: key.id };
  }
  if (isAdmin(request)) return ADMIN;
  if (token === undefined) {
    if (request.headers.authorization === undefined) return ANONYMOUS;
    throw unauthorized('The Authorization header must read: Bearer <token>');
  }
  const session = token.startsWith(sessionTokenPrefix) ? await lookup.findSession(token) : null;
  if (session === null) throw unauthorized('This token is unknown, expired or logged out');
  return { kind: 'player', playerId: session.playerId, token };
}

/** Who a principal is in one word; Idempotency-Keys of different callers never meet. */
export function callerName(principal: Principal): string {
  if (principal.kind === 'player') return `player:${principal.playerId}`;
  if (principal.kind === 'server' && principal.keyId !== undefined) return `key:${principal.keyId}`;
  return principal.kind;
}

/** Whether a server asks that has the scope. */
export function mayAct(principal: Principal, scope: Scope): boolean {
  return principal.kind === 'server' && (principal.scopes === 'all' || principal.scopes.has(scope));
}

/** @throws Problem 401 or 403 unless a server asks that has the scope. `what` begins the sentence that says so. */
export function requireServer(principal: Principal, scope: Scope, what: string): void {
  if (principal.kind === 'anonymous') throw unauthorized(`${what} needs a server credential`);
  if (principal.kind === 'player') {
    throw problems.forbidden({
      detail: `${what} needs a server credential; a player's session is not enough`,
    });
  }
  if (!mayAct(principal, scope)) {
    throw problems.forbidden({ detail: `${what} needs the scope ${scope}, which this API key has not` });
  }
}

/** @throws Problem 401 or 403 unless the admin token is shown. */
export function requireAdminToken(principal: Principal, what: string): void {
  if (principal.kind === 'anonymous') throw unauthorized(`${what} needs the admin token`);
  if (principal.kind === 'server' && principal.scopes === 'all') return;
  throw problems.forbidden({ detail: `${what} needs the admin token` });
}

/** @throws Problem 401 or 403 unless the player itself asks, or a server that has the scope. */
export function requireSelf(principal: Principal, playerId: string, scope: Scope): void {
  if (principal.kind === 'anonymous') throw unauthorized('Log in first: POST /v1/sessions');
  if (principal.kind === 'server') {
    requireServer(principal, scope, 'This');
    return;
  }
  if (principal.playerId !== playerId) {
    throw problems.forbidden({ detail: 'Players may read and change only themselves' });
  }
}

/** The 401 of every route, with the challenge HTTP asks for. */
export function unauthorized(detail: string): Problem {
  return problems.unauthorized({ detail, headers: { 'www-authenticate': 'Bearer' } });
}
