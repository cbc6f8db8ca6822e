import { bearerToken, isAdmin, problems, sessionTokenPrefix, type Problem } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';

/** Who sends a request. */
export type Principal =
  | { readonly kind: 'server' }
  | { readonly kind: 'player'; readonly playerId: string; readonly token: string }
  | { readonly kind: 'anonymous' };

/** Looks up the player of a session token; null when there is no such session. */
export type SessionLookup = (token: string) => Promise<{ readonly playerId: string } | null>;

/**
 * Who sends a request: a server (admin token, or anything without a session on a tokenless loopback), a
 * logged-in player, or nobody known.
 *
 * @throws Problem 401 when a bearer is given but belongs to no one.
 */
export async function identify(request: FastifyRequest, findSession: SessionLookup): Promise<Principal> {
  if (isAdmin(request)) return { kind: 'server' };
  const token = bearerToken(request.headers.authorization);
  if (token === undefined) {
    if (request.headers.authorization === undefined) return { kind: 'anonymous' };
    throw unauthorized('The Authorization header must read: Bearer <token>');
  }
  const session = token.startsWith(sessionTokenPrefix) ? await findSession(token) : null;
  if (session === null) throw unauthorized('This token is unknown, expired or logged out');
  return { kind: 'player', playerId: session.playerId, token };
}

/** @throws Problem 401 or 403 unless a server asks. */
export function requireServer(principal: Principal, what: string): void {
  if (principal.kind === 'server') return;
  if (principal.kind === 'anonymous') throw unauthorized(`${what} needs a server credential`);
  throw problems.forbidden({ detail: `${what} needs a server credential; a player's session is not enough` });
}

/** @throws Problem 401 or 403 unless a server or the player itself asks. */
export function requireSelf(principal: Principal, playerId: string): void {
  if (principal.kind === 'server') return;
  if (principal.kind === 'anonymous') throw unauthorized('Log in first: POST /v1/sessions');
  if (principal.playerId !== playerId) {
    throw problems.forbidden({ detail: 'Players may read and change only themselves' });
  }
}

/** The 401 of every route, with the challenge HTTP asks for. */
export function unauthorized(detail: string): Problem {
  return problems.unauthorized({ detail, headers: { 'www-authenticate': 'Bearer' } });
}
