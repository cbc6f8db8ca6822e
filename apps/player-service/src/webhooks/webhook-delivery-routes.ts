import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { DomainError } from '../domain/errors.ts';
import { requireAdminToken } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { unsafeHeaders } from '../http/schemas.ts';
import { webhookDeliveries } from '../storage/webhook-entities.ts';
import { getEndpoint, MAX_REDELIVERED, redeliver, toDeliveryView } from './endpoints.ts';
import type { WebhookContext } from './webhook-context.ts';
import { deliveriesQuery, deliveryPageSchema, endpointParams, redeliveredSchema } from './webhook-schemas.ts';

const tags = ['webhooks'];

/** What endpoints did not accept: the dead letters, and how to send them again. */
export function addWebhookDeliveryRoutes(
  server: HanokServer,
  context: RouteContext,
  { wake }: WebhookContext,
): void {
  const { database, writes, clock } = context;

  server.get(
    '/v1/webhook-deliveries',
    {
      schema: {
        tags,
        summary: 'List what was not accepted, oldest first',
        description: 'Accepted deliveries are forgotten. Needs the admin token.',
        security: bearerSecurity,
        querystring: deliveriesQuery,
        response: { 200: deliveryPageSchema, ...refusals(401, 403) },
      },
    },
    async (request) => {
      requireAdminToken(await context.identify(request), 'Reading webhook deliveries');
      const { endpointId, status = 'dead', limit = 50, cursor } = request.query;
      const where = { status, ...(endpointId === undefined ? {} : { endpointId: idOf(endpointId) }) };
      const page = await database.repository(webhookDeliveries).findMany({ where, limit, cursor });
      return { items: page.items.map((row) => toDeliveryView(row)), nextCursor: page.nextCursor };
    },
  );

  server.post(
    '/v1/webhook-deliveries/:id/redelivery',
    {
      schema: {
        tags,
        summary: 'Send a dead delivery again',
        description: 'From the first attempt on, under the same `webhook-id`. Needs the admin token.',
        security: bearerSecurity,
        params: endpointParams,
        headers: unsafeHeaders,
        response: { 202: redeliveredSchema, ...refusals(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireAdminToken(principal, 'Sending a webhook again');
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const id = idOf(request.params.id);
        const dead = await tx.repository(webhookDeliveries).findOne({ id, status: 'dead' });
        if (dead === undefined) {
          throw new DomainError('delivery_not_found', `There is no dead delivery ${request.params.id}`);
        }
        const endpoint = await getEndpoint(tx, String(dead.endpointId));
        const deliveries = await redeliver(tx, endpoint, clock.now(), id);
        return { status: 202, body: { deliveries }, touched: [] };
      });
      wake();
      return sendAnswer(reply, answer);
    },
  );

  server.post(
    '/v1/webhook-endpoints/:id/redelivery',
    {
      schema: {
        tags,
        summary: 'Send the dead deliveries of an endpoint again',
        description: `The oldest ${MAX_REDELIVERED}; ask again while there were as many. Needs the admin token.`,
        security: bearerSecurity,
        params: endpointParams,
        headers: unsafeHeaders,
        response: { 202: redeliveredSchema, ...refusals(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireAdminToken(principal, 'Sending webhooks again');
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const endpoint = await getEndpoint(tx, request.params.id);
        const deliveries = await redeliver(tx, endpoint, clock.now());
        return { status: 202, body: { deliveries }, touched: [] };
      });
      wake();
      return sendAnswer(reply, answer);
    },
  );
}

/** The number of an id given as text; ids beyond 2^53 were never given out, and neither was 0. */
function idOf(text: string): number {
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : 0;
}
