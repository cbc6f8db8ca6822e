import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { toTimestamp } from '../domain/timestamp.ts';
import { requireAdminToken, type Principal } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { secretHeaders, unsafeHeaders } from '../http/schemas.ts';
import { webhookEndpoints } from '../storage/webhook-entities.ts';
import { createEndpoint, getEndpoint, patchEndpoint, rotateSecret, toEndpointView } from './endpoints.ts';
import type { WebhookContext } from './webhook-context.ts';
import {
  createEndpointBody,
  endpointPageSchema,
  endpointParams,
  endpointSchema,
  endpointsQuery,
  newEndpointSchema,
  newSecretSchema,
  patchEndpointBody,
} from './webhook-schemas.ts';

const tags = ['webhooks'];
const path = '/v1/webhook-endpoints';
const SHOWN_ONCE = 'The secret is shown only here. Needs the admin token.';

/** `/v1/webhook-endpoints`: who is told of changes. */
export function addWebhookEndpointRoutes(
  server: HanokServer,
  context: RouteContext,
  { events, rules }: WebhookContext,
): void {
  const { database, writes } = context;
  const admin = async (
    request: Parameters<RouteContext['identify']>[0],
    what: string,
  ): Promise<Principal> => {
    const principal = await context.identify(request);
    requireAdminToken(principal, what);
    return principal;
  };

  server.post(
    path,
    {
      schema: {
        tags,
        summary: 'Add a webhook endpoint',
        description: `It is told of changes that begin a second later or after. ${SHOWN_ONCE}`,
        security: bearerSecurity,
        headers: secretHeaders,
        body: createEndpointBody,
        response: { 201: newEndpointSchema, ...refusals(401, 403, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await admin(request, 'Adding a webhook endpoint');
      const asked = writeRequest(request, principal, { holdsSecret: true });
      const answer = await writes.run(asked, async (tx) => {
        const row = await createEndpoint(tx, request.body, rules);
        const body = { ...toEndpointView(row), secret: row.secret };
        return { status: 201, headers: { location: `${path}/${row.id}` }, body, touched: [] };
      });
      events.forgetSubscriptions();
      return sendAnswer(reply, answer);
    },
  );

  server.get(
    path,
    {
      schema: {
        tags,
        summary: 'List webhook endpoints, newest first',
        description: 'Needs the admin token.',
        security: bearerSecurity,
        querystring: endpointsQuery,
        response: { 200: endpointPageSchema, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await admin(request, 'Reading webhook endpoints');
      const { limit = 50, cursor } = request.query;
      const page = await database
        .repository(webhookEndpoints)
        .findMany({ order: [['id', 'desc']], limit, cursor });
      return { items: page.items.map((row) => toEndpointView(row)), nextCursor: page.nextCursor };
    },
  );

  server.get(
    `${path}/:id`,
    {
      schema: {
        tags,
        summary: 'Read a webhook endpoint',
        description: 'Needs the admin token.',
        security: bearerSecurity,
        params: endpointParams,
        response: { 200: endpointSchema, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      await admin(request, 'Reading webhook endpoints');
      return toEndpointView(await getEndpoint(database, request.params.id));
    },
  );

  server.patch(
    `${path}/:id`,
    {
      schema: {
        tags,
        summary: 'Change a webhook endpoint',
        description: 'Disabled, it keeps nothing: what waited for it is dead. Needs the admin token.',
        security: bearerSecurity,
        params: endpointParams,
        headers: unsafeHeaders,
        body: patchEndpointBody,
        response: { 200: endpointSchema, ...refusals(401, 403, 404, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await admin(request, 'Changing a webhook endpoint');
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const row = await patchEndpoint(tx, request.params.id, request.body, rules);
        return { status: 200, body: toEndpointView(row), touched: [] };
      });
      events.forgetSubscriptions();
      return sendAnswer(reply, answer);
    },
  );

  server.delete(
    `${path}/:id`,
    {
      schema: {
        tags,
        summary: 'Remove a webhook endpoint',
        description: 'With all that waits for it. Needs the admin token.',
        security: bearerSecurity,
        params: endpointParams,
        headers: unsafeHeaders,
        response: { 204: Type.Null({ description: 'Removed' }), ...refusals(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const principal = await admin(request, 'Removing a webhook endpoint');
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const { id } = await getEndpoint(tx, request.params.id);
        await tx.repository(webhookEndpoints).delete(id);
        return { status: 204, body: undefined, touched: [] };
      });
      events.forgetSubscriptions();
      return sendAnswer(reply, answer);
    },
  );

  server.post(
    `${path}/:id/secret`,
    {
      schema: {
        tags,
        summary: 'Take a new secret',
        description: `For a day deliveries are signed with both, so that the receiver has time to change. ${SHOWN_ONCE}`,
        security: bearerSecurity,
        params: endpointParams,
        headers: secretHeaders,
        response: { 201: newSecretSchema, ...refusals(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const principal = await admin(request, 'Taking a new secret');
      const asked = writeRequest(request, principal, { holdsSecret: true });
      const answer = await writes.run(asked, async (tx) => {
        const { secret, previousSecretUntil } = await rotateSecret(
          tx,
          request.params.id,
          context.clock.now(),
        );
        const until = previousSecretUntil === null ? null : toTimestamp(previousSecretUntil);
        return { status: 201, body: { secret, previousSecretUntil: until }, touched: [] };
      });
      return sendAnswer(reply, answer);
    },
  );
}
