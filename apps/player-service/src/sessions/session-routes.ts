import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { invalidValue } from '../domain/errors.ts';
import { toTimestamp } from '../domain/timestamp.ts';
import { ANONYMOUS, requireServer, unauthorized } from '../http/principal.ts';
import { sendAnswer, sendEmpty, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { secretHeaders, unsafeHeaders } from '../http/schemas.ts';
import { parsePlayerId } from '../players/player-row.ts';
import { hashOfKey } from '../writes/sealed-answer.ts';
import type { Credentials } from './authenticator.ts';
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
  const { logIn, writes } = context;

  server.post(
    '/v1/sessions',
    {
      schema: {
        tags,
        summary: 'Log in',
        description: 'The tokens are shown only here.',
        headers: secretHeaders,
        body: createSessionBody,
        response: { 201: newSessionSchema, ...refusals(401, 403, 404, 409, 413, 429) },
      },
    },
    async (request, reply) => {
      const credentials = parseCredentials(request.body);
      const remember = request.body.remember === true;
      let principal = ANONYMOUS;
      if (credentials.kind === 'trusted') {
        principal = await context.identify(request);
        requireServer(principal, 'sessions:write', 'Logging in by playerId');
      } else {
        await context.countAnonymous(request);
      }
      const asked = writeRequest(request, principal, { holdsSecret: true });
      return sendAnswer(reply, await logIn.begin(asked, { credentials, address: request.ip, remember }));
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
        headers: secretHeaders,
        body: refreshBody,
        response: { 201: newSessionSchema, ...refusals(401, 409, 413) },
      },
    },
    async (request, reply) => {
      await context.countAnonymous(request);
      const asked = writeRequest(request, ANONYMOUS, { holdsSecret: true });
      return sendAnswer(reply, await logIn.refresh(asked, request.body.refreshToken));
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
      // The token that comes again is worth nothing by then, but still tells who sent it.
      const scope = `log-out:${hashOfKey(request.headers.authorization ?? '')}`;
      const asked = { ...writeRequest(request, ANONYMOUS), scope };
      const earlier = await writes.find(asked);
      if (earlier !== undefined) return sendAnswer(reply, earlier);
      const principal = await context.identify(request);
      if (principal.kind !== 'player') {
        throw unauthorized('Send the token of a session: Authorization: Bearer hps_…');
      }
      if (request.query.everywhere === true) await logIn.endAll(principal.playerId);
      else await logIn.end(principal.token);
      const outcome = { status: 204, body: undefined, touched: [] };
      if (asked.key === undefined) return sendEmpty(reply, 204);
      return sendAnswer(reply, await writes.run(asked, () => Promise.resolve(outcome)));
    },
  );
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
