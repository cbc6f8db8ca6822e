import { registryLimits } from '@hanok/cluster';
import { problems, requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { RouteContext } from './context.ts';
import { jsonSizeBytes } from './json-size.ts';
import { nodeIdSchema, problemResponses } from './schemas.ts';

const report = Type.Object({
  id: Type.String(),
  from: Type.String(),
  message: Type.Unknown(),
  at: Type.String({ description: 'ISO 8601, UTC' }),
  revision: Type.Integer(),
  repeated: Type.Boolean({ description: 'The id had been used before; nothing was sent again' }),
  delivered: Type.Array(Type.String(), { description: 'Nodes that have it' }),
  failed: Type.Array(Type.Object({ id: Type.String(), reason: Type.String() }), {
    description: 'Nodes that do not have it yet; they get it when they resume their events',
  }),
});

/** Messages to all alive nodes. */
export function addBroadcastRoutes(server: HanokServer, { broadcasts }: RouteContext): void {
  server.post(
    '/v1/broadcasts',
    {
      preHandler: requireAdmin,
      schema: {
        tags: ['broadcast'],
        summary: 'Send a message to all alive nodes but the sender, and hear who got it',
        description:
          'Delivered at least once, by the event broadcast of GET /v1/events; receivers drop ids they know. ' +
          'Repeating a request with the same id sends nothing twice.',
        body: Type.Object(
          {
            message: Type.Unknown({ description: 'Any JSON value; at most 4,096 bytes as JSON' }),
            from: Type.Optional({ ...nodeIdSchema, description: 'The sender; default: this coordinator' }),
            id: Type.Optional({
              ...nodeIdSchema,
              description: 'Tells repetitions apart; default: a new one',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: report, ...problemResponses },
      },
    },
    async (request) => {
      const { message, from, id } = request.body;
      if (jsonSizeBytes(message) > registryLimits.maxMessageBytes) {
        const rule = `must be at most ${registryLimits.maxMessageBytes} bytes as JSON`;
        throw problems.validation({
          detail: `body.message ${rule}`,
          errors: [{ field: 'body.message', rule: 'maxSize', message: rule }],
        });
      }
      const { delivered, failed, ...rest } = await broadcasts.send(message, from, id);
      return { ...rest, delivered: [...delivered], failed: [...failed] };
    },
  );
}
