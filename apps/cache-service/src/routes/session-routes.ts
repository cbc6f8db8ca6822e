import { maxDeviceLength, playerIdPattern, serviceOnly, type Cache, type Session } from '@hanok/cache-client';
import { bearerToken, problems, type HanokServer } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

const documented = { tags: ['sessions'], security: [{ bearer: [] }] };
const playerId = Type.String({ pattern: playerIdPattern, description: 'Id of the player' });
const token = Type.String({ minLength: 1, maxLength: 200, description: 'A session token, hps_…' });
const before = Type.String({
  format: 'date-time',
  // Without leap seconds, which a Date cannot tell.
  pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`,
  description: 'Only sessions that began before this time; default: all',
  examples: ['2026-01-31T12:00:00.000Z'],
});
const session = Type.Object({
  id: Type.String({ description: 'Public id, for lists and for revoking' }),
  playerId: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  expiresAt: Type.String({ format: 'date-time' }),
  device: Type.String(),
});

/**
 * Mounts `/v1/sessions`. Who holds a session's token may look at it and end it; everything else is for
 * services.
 */
export function sessionRoutes(server: HanokServer, { sessions }: Pick<Cache, 'sessions'>): void {
  server.post(
    '/v1/sessions',
    {
      schema: {
        ...documented,
        summary: 'Create a session for a player; the token is shown only here',
        body: Type.Object(
          { playerId, device: Type.String({ maxLength: maxDeviceLength, default: '' }) },
          { additionalProperties: false },
        ),
        response: { 201: Type.Object({ token: Type.String(), session }) },
      },
    },
    async (request, reply) => {
      await serviceOnly(request);
      const created = await sessions.create(request.body.playerId, { device: request.body.device });
      void reply.header('cache-control', 'no-store');
      return reply.code(201).send({ token: created.token, session: toBody(created.session) });
    },
  );

  server.post(
    '/v1/sessions/validations',
    {
      schema: {
        ...documented,
        summary: 'Whose session a token is; 404 when it is no live one',
        body: Type.Object({ token }, { additionalProperties: false }),
        response: { 200: session },
      },
    },
    async (request) => {
      await serviceOnly(request);
      return toBody((await sessions.validate(request.body.token)) ?? noSession());
    },
  );

  server.get(
    '/v1/sessions/current',
    {
      schema: { ...documented, summary: 'The session of the bearer token', response: { 200: session } },
    },
    async (request) => {
      const found = await sessions.validate(ownToken(request));
      if (found === undefined)
        throw problems.unauthorized({ detail: 'The session is unknown, expired or revoked' });
      return toBody(found);
    },
  );

  server.delete(
    '/v1/sessions/current',
    {
      schema: {
        ...documented,
        summary: 'End the session of the bearer token',
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      if (!(await sessions.revoke(ownToken(request)))) noSession();
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/sessions',
    {
      schema: {
        ...documented,
        summary: 'The live sessions of a player, newest first',
        querystring: Type.Object({ playerId }, { additionalProperties: false }),
        response: { 200: Type.Object({ items: Type.Array(session), nextCursor: Type.Null() }) },
      },
    },
    async (request) => {
      await serviceOnly(request);
      const found = await sessions.list(request.query.playerId);
      return { items: found.map(toBody), nextCursor: null };
    },
  );

  server.delete(
    '/v1/sessions',
    {
      schema: {
        ...documented,
        summary: 'End all sessions of a player, or those that began before a time',
        querystring: Type.Object(
          { playerId, before: Type.Optional(before) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ revoked: Type.Integer() }) },
      },
    },
    async (request) => {
      await serviceOnly(request);
      const { playerId: owner, before: time } = request.query;
      const which = time === undefined ? {} : { createdBeforeMs: Date.parse(time) };
      return { revoked: await sessions.revokeAll(owner, which) };
    },
  );

  server.delete(
    '/v1/sessions/:playerId/:sessionId',
    {
      schema: {
        ...documented,
        summary: 'End one session of a player by its public id',
        params: Type.Object({ playerId, sessionId: Type.String({ pattern: '^[A-Za-z0-9_-]{16}$' }) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await serviceOnly(request);
      if (!(await sessions.revokeById(request.params.playerId, request.params.sessionId))) noSession();
      return reply.code(204).send(null);
    },
  );
}

function ownToken(request: FastifyRequest): string {
  const bearer = bearerToken(request.headers.authorization);
  if (bearer !== undefined) return bearer;
  throw problems.unauthorized({
    detail: 'Send the session: Authorization: Bearer hps_…',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

function noSession(): never {
  throw problems.notFound({ detail: 'There is no such live session' });
}

function toBody({ id, playerId: owner, createdAtMs, expiresAtMs, device }: Session) {
  return {
    id,
    playerId: owner,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    device,
  };
}
