import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { invalidValue } from '../domain/errors.ts';
import { requireServer, unauthorized } from '../http/principal.ts';
import { sendEmpty } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { unsafeHeaders } from '../http/schemas.ts';
import { parsePlayerId, toTimestamp } from '../players/player-row.ts';
import type { Credentials } from './authenticator.ts';
import type { NewSession } from './log-in.ts';
import {
  createSessionBody,
  newSessionSchema,
  refreshBody,
  sessionSchema,
  type CreateSessionBody,
} from './session-schemas.ts';

const tags = ['sessions'];

/** Routes under `/v1/sessions`: log in, look, log out. */
export function addSessionRoutes(server: HanokServer, context: RouteContext): void {
  const { logIn } = context;

  server.post(
    '/v1/sessions',
    {
      schema: {
        tags,
        summary: 'Log in',
        description:
          'An Idempotency-Key is accepted and not needed: logging in again merely begins another session, and the token is kept nowhere, so it could not be repeated.',
        headers: unsafeHeaders,
        body: createSessionBody,
        response: { 201: newSessionSchema, ...refusals(401, 403, 404, 413, 429) },
      },
    },
    async (request, reply) => {
      const credentials = parseCredentials(request.body);
      if (credentials.kind !== 'trusted') context.countAnonymous(request);
      if (credentials.kind === 'trusted') {
        requireServer(await context.identify(request), 'sessions:write', 'Logging in by playerId');
      }
      const session = await logIn.begin(credentials, request.ip, request.body.remember === true);
      void reply.header('cache-control', 'no-store').header('location', '/v1/sessions');
      return reply.code(201).send(toNewSession(session));
    },
  );

  server.post(
    '/v1/sessions/refresh',
    {
      schema: {
        tags,
        summary: 'Log in again with a refresh token',
        description:
          'The token is used up; the answer brings the next one, and the session before ends. A token that comes a second time was stolen, or its owner was: all sessions of its family end.',
        headers: unsafeHeaders,
        body: refreshBody,
        response: { 201: newSessionSchema, ...refusals(401, 413) },
      },
    },
    async (request, reply) => {
      context.countAnonymous(request);
      const session = await logIn.refresh(request.body.refreshToken);
      void reply.header('cache-control', 'no-store').header('location', '/v1/sessions');
      return reply.code(201).send(toNewSession(session));
    },
  );

  server.get(
    '/v1/sessions',
    {
      schema: {
        tags,
        summary: 'Show the session of the bearer',
        security: bearerSecurity,
        response: { 200: sessionSchema, ...refusals(401) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      const session = principal.kind === 'player' ? await logIn.find(principal.token) : null;
      if (session === null) throw unauthorized('Send the token of a session: Authorization: Bearer hps_…');
      void reply.header('cache-control', 'no-store');
      return {
        playerId: session.playerId,
        createdAt: toTimestamp(session.createdAtMs),
        expiresAt: toTimestamp(session.expiresAtMs),
      };
    },
  );

  server.delete(
    '/v1/sessions',
    {
      schema: {
        tags,
        summary: 'Log out',
        security: bearerSecurity,
        headers: unsafeHeaders,
        querystring: Type.Object(
          { everywhere: Type.Optional(Type.Boolean({ description: 'End all sessions of the player' })) },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null({ description: 'Logged out' }), ...refusals(401) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      if (principal.kind !== 'player') {
        throw unauthorized('Send the token of a session: Authorization: Bearer hps_…');
      }
      if (request.query.everywhere === true) await logIn.endAll(principal.playerId);
      else await logIn.end(principal.token);
      return sendEmpty(reply, 204);
    },
  );
}

function toNewSession({ token, playerId, expiresAtMs, refresh }: NewSession) {
  return {
    token,
    playerId,
    expiresAt: toTimestamp(expiresAtMs),
    ...(refresh === undefined
      ? {}
      : { refreshToken: refresh.refreshToken, refreshExpiresAt: toTimestamp(refresh.expiresAtMs) }),
  };
}

/** @throws DomainError `invalid_value` unless exactly one way to log in is given. */
function parseCredentials(body: CreateSessionBody): Credentials {
  const ways: Credentials[] = [];
  if (body.playerId !== undefined) ways.push({ kind: 'trusted', playerId: parsePlayerId(body.playerId) });
  if (body.deviceId !== undefined) ways.push({ kind: 'device', deviceId: body.deviceId });
  if (body.username !== undefined || body.password !== undefined) {
    if (body.username === undefined) throw invalidValue('username', 'required', 'is required with password');
    if (body.password === undefined) throw invalidValue('password', 'required', 'is required with username');
    ways.push({ kind: 'password', username: body.username, password: body.password });
  }
  const [way, ...others] = ways;
  if (way === undefined)
    throw invalidValue('username', 'required', 'is required, with password (or deviceId)');
  if (others.length > 0)
    throw invalidValue('body.username', 'oneOf', 'cannot be combined with another way to log in');
  return way;
}
