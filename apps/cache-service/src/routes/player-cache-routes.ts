import { maxTags, namePattern, playerIdPattern, serviceOnly, type Cache } from '@hanok/cache-client';
import { problems, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';

const documented = { tags: ['player cache'], security: [{ bearer: [] }] };
const params = Type.Object({
  id: Type.String({ pattern: playerIdPattern, description: 'Id of the player' }),
});
const player = Type.Record(Type.String(), Type.Unknown(), { description: 'The player, any JSON object' });
const lease = Type.String({ pattern: '^"?[A-Za-z0-9_-]{22}"?$', description: 'A lease of the leases route' });

/** Mounts `/v1/cache/players`. */
export function playerCacheRoutes(
  server: HanokServer,
  { playerEntries }: Pick<Cache, 'playerEntries'>,
): void {
  server.get(
    '/v1/cache/players/:id',
    {
      schema: {
        ...documented,
        summary: 'A cached player; 404 on a miss',
        params,
        response: {
          200: Type.Object({ id: Type.String(), player, expiresAt: Type.String({ format: 'date-time' }) }),
        },
      },
    },
    async (request, reply) => {
      await serviceOnly(request);
      const { id } = request.params;
      const entry = await playerEntries.readJson(id);
      if (entry === undefined) throw problems.notFound({ detail: `The player ${id} is not cached` });
      const expiresAt = new Date(entry.expiresAtMs).toISOString();
      // The player is JSON already: reading it only to write it again would cost more than all else here.
      void reply.type('application/json; charset=utf-8');
      return reply
        .serializer(String)
        .send(`{"id":"${id}","player":${entry.json},"expiresAt":"${expiresAt}"}` as never);
    },
  );

  server.post(
    '/v1/cache/players/:id/leases',
    {
      schema: {
        ...documented,
        summary: 'The right to fill a missing entry, for 3 s; 409 when it is there or someone else fills it',
        params,
        response: { 201: Type.Object({ lease: Type.String() }) },
      },
    },
    async (request, reply) => {
      await serviceOnly(request);
      const granted = await playerEntries.lease(request.params.id);
      if (granted === undefined) {
        throw problems.conflict({
          detail: 'The entry is there, or someone else fills it: read again',
          retryable: true,
        });
      }
      return reply.code(201).send({ lease: granted });
    },
  );

  server.put(
    '/v1/cache/players/:id',
    {
      schema: {
        ...documented,
        summary: 'Cache a player; with If-Match: <lease> only if nothing was invalidated since the lease',
        params,
        headers: Type.Object({ 'if-match': Type.Optional(lease) }),
        body: Type.Object(
          {
            player,
            ttlSeconds: Type.Integer({ minimum: 1, maximum: 604_800, default: 3_600 }),
            tags: Type.Optional(
              Type.Array(Type.String({ pattern: namePattern }), {
                maxItems: maxTags,
                description: 'What the player can be invalidated by besides his id',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await serviceOnly(request);
      const held = request.headers['if-match']?.replaceAll('"', '');
      const { player: value, ttlSeconds, tags = [] } = request.body;
      const stored = await playerEntries.put(request.params.id, value, {
        ttlMs: ttlSeconds * 1_000,
        tags,
        ...(held === undefined ? {} : { lease: held }),
      });
      if (!stored)
        throw problems.preconditionFailed({ detail: 'The lease has ended: the player may have changed' });
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/v1/cache/players/:id',
    {
      schema: {
        ...documented,
        summary: 'Invalidate a player; when this answers, no copy is left',
        params,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await serviceOnly(request);
      await playerEntries.invalidate(request.params.id);
      return reply.code(204).send(null);
    },
  );
}
