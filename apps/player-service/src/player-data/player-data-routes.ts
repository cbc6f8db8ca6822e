import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { invalidValue } from '../domain/errors.ts';
import { MAX_DATA_BYTES } from '../domain/limits.ts';
import { etagOf, isFresh, parseIfMatch } from '../http/etag.ts';
import { isJsonObject, type JsonObject } from '../http/merge-patch.ts';
import { requireSelf } from '../http/principal.ts';
import { sendAnswer, sendEmpty, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { playerIdParams, unsafeHeaders } from '../http/schemas.ts';
import { parsePlayerId, playerNotFound } from '../players/player-row.ts';
import { ifMatchHeader } from '../players/player-schemas.ts';
import { playerEvent } from '../webhooks/event-types.ts';
import { changeData, readData, requireSane, type DataChange } from './player-data.ts';

const documentSchema = Type.Object(
  {},
  {
    additionalProperties: true,
    description: `A JSON object of the game’s own, at most ${MAX_DATA_BYTES} bytes and 16 levels deep`,
    examples: [{ hat: 'gat', settings: { music: false } }],
  },
);
const path = '/v1/players/:id/data';
const tags = ['player data'];
const headers = Type.Object({ ...unsafeHeaders.properties, 'if-match': ifMatchHeader });

/** `/v1/players/{id}/data`: what a game keeps about a player that Hanok does not need to understand. */
export function addPlayerDataRoutes(server: HanokServer, context: RouteContext): void {
  server.get(
    path,
    {
      schema: {
        tags,
        summary: 'Read the custom data of a player',
        description: 'An empty object with ETag "0" until something is stored.',
        security: bearerSecurity,
        params: playerIdParams,
        response: {
          200: documentSchema,
          304: Type.Null({ description: 'Not modified' }),
          ...refusals(401, 403, 404),
        },
      },
    },
    async (request, reply) => {
      requireSelf(await context.identify(request), request.params.id, 'players:read');
      const data = await readData(context.database, parsePlayerId(request.params.id));
      if (data === undefined) throw playerNotFound(request.params.id);
      void reply.header('etag', etagOf(data.version)).header('cache-control', 'no-cache');
      if (isFresh(request.headers['if-none-match'], data.version)) return sendEmpty(reply, 304);
      return sendDocument(reply, data.document);
    },
  );

  const change = (method: 'PUT' | 'PATCH', summary: string, kind: DataChange['kind']) =>
    server.route({
      method,
      url: path,
      schema: {
        tags,
        summary,
        description: 'The ETag counts the versions of the document, not those of the player.',
        security: bearerSecurity,
        params: playerIdParams,
        headers,
        body: documentSchema,
        response: { 200: documentSchema, ...refusals(401, 403, 404, 409, 412, 413) },
      },
      async handler(request, reply) {
        const principal = await context.identify(request);
        requireSelf(principal, request.params.id, 'players:write');
        const id = parsePlayerId(request.params.id);
        const ifMatch = parseIfMatch(request.headers['if-match']);
        const { body } = request;
        if (!isJsonObject(body)) throw invalidValue('body', 'type', 'must be an object');
        requireSane(body);
        const answer = await context.writes.run(writeRequest(request, principal), async (tx) => {
          const { document, version } = await changeData(tx, id, { kind, with: body }, ifMatch);
          return {
            status: 200,
            headers: { etag: etagOf(version) },
            body: document,
            touched: [],
            personalOf: id,
            events: [playerEvent('player.data_changed', id, version)],
          };
        });
        return sendAnswer(reply, answer);
      },
    });
  change('PUT', 'Replace the custom data of a player', 'replace');
  change('PATCH', 'Merge a patch into the custom data of a player', 'merge');
}

function sendDocument(reply: FastifyReply, document: JsonObject): FastifyReply {
  return reply.code(200).type('application/json; charset=utf-8').send(JSON.stringify(document));
}
