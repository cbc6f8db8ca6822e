import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { requireAdminToken } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { secretHeaders, unsafeHeaders } from '../http/schemas.ts';
import { apiKeys } from '../storage/entities.ts';
import { createApiKey, revokeApiKey, toApiKeyView } from './api-keys.ts';
import {
  apiKeyPageSchema,
  apiKeyParams,
  apiKeysQuery,
  createApiKeyBody,
  newApiKeySchema,
} from './api-key-schemas.ts';

const tags = ['API keys'];

/** `/v1/api-keys`: credentials for a game's servers that may do only what they need. */
export function addApiKeyRoutes(server: HanokServer, context: RouteContext): void {
  const { database, writes } = context;

  server.post(
    '/v1/api-keys',
    {
      schema: {
        tags,
        summary: 'Make an API key',
        description: 'It is shown only here. Needs the admin token.',
        security: bearerSecurity,
        headers: secretHeaders,
        body: createApiKeyBody,
        response: { 201: newApiKeySchema, ...refusals(401, 403, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireAdminToken(principal, 'Making an API key');
      const asked = writeRequest(request, principal, { holdsSecret: true });
      const answer = await writes.run(asked, async (tx) => {
        const { key, row } = await createApiKey(tx, request.body);
        return { status: 201, body: { ...toApiKeyView(row), key }, touched: [] };
      });
      return sendAnswer(reply, answer);
    },
  );

  server.get(
    '/v1/api-keys',
    {
      schema: {
        tags,
        summary: 'List API keys, newest first',
        description: 'Needs the admin token.',
        security: bearerSecurity,
        querystring: apiKeysQuery,
        response: { 200: apiKeyPageSchema, ...refusals(401, 403) },
      },
    },
    async (request) => {
      requireAdminToken(await context.identify(request), 'Reading API keys');
      const { limit = 50, cursor } = request.query;
      const page = await database.repository(apiKeys).findMany({ order: [['id', 'desc']], limit, cursor });
      return { items: page.items.map((row) => toApiKeyView(row)), nextCursor: page.nextCursor };
    },
  );

  server.delete(
    '/v1/api-keys/:id',
    {
      schema: {
        tags,
        summary: 'Revoke an API key',
        description: 'It is refused from the next request on. Needs the admin token.',
        security: bearerSecurity,
        params: apiKeyParams,
        headers: unsafeHeaders,
        response: { 204: Type.Null({ description: 'Revoked' }), ...refusals(401, 403, 404) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireAdminToken(principal, 'Revoking an API key');
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        await revokeApiKey(tx, request.params.id, context.clock.now());
        return { status: 204, body: undefined, touched: [] };
      });
      return sendAnswer(reply, answer);
    },
  );
}
