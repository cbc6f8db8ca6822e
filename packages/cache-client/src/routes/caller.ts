import { bearerToken, isAdmin, problems, type Problem } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';
import type { Sessions } from '../sessions/sessions.ts';

/** Who sends a request: another service or an admin, or a player by his session. */
export type Caller = { readonly kind: 'service' } | { readonly kind: 'player'; readonly playerId: string };

/** Finds out who sends a request. @throws Problem 401 or 403 when it may not proceed at all. */
export type CallerOf = (request: FastifyRequest) => Caller | Promise<Caller>;

/** For routes that both services and players use: the service credential, or the session of a player. */
export function serviceOrPlayer(sessions: Sessions): CallerOf {
  return async (request) => {
    if (isAdmin(request)) return { kind: 'service' };
    const token = bearerToken(request.headers.authorization);
    const session = token === undefined ? undefined : await sessions.validate(token);
    if (session === undefined) throw unauthorized();
    return { kind: 'player', playerId: session.playerId };
  };
}

/** For routes of services and admins only. */
export const serviceOnly: CallerOf = (request) => {
  if (isAdmin(request)) return { kind: 'service' };
  throw bearerToken(request.headers.authorization) === undefined ? unauthorized() : forbidden();
};

/** @throws Problem 403 unless the caller is a service. */
export function assertService(caller: Caller): void {
  if (caller.kind !== 'service') throw forbidden();
}

/**
 * Whom a request acts for: a player for himself only, a service for whom it names.
 *
 * @throws Problem 403 when a player names another; 400 when a service names nobody.
 */
export function actsFor(caller: Caller, playerId: string | undefined): string {
  if (caller.kind === 'player') {
    if (playerId === undefined || playerId === caller.playerId) return caller.playerId;
    throw problems.forbidden({
      detail: 'A player acts only for the account of the session: leave playerId out',
    });
  }
  if (playerId !== undefined) return playerId;
  throw problems.validation({
    detail: 'body.playerId is required',
    errors: [{ field: 'body.playerId', rule: 'required', message: 'is required' }],
  });
}

function unauthorized(): Problem {
  return problems.unauthorized({
    detail: 'Send the service credential or a live session: Authorization: Bearer <token>',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

function forbidden(): Problem {
  return problems.forbidden({ detail: 'This needs the service credential' });
}
