import { requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { acceptStorage } from '../cluster/accept-storage.ts';
import type { RouteContext } from './context.ts';
import { nodeParams, problemResponses } from './schemas.ts';

/** Care of the voters. */
export function addVoterRoutes(server: HanokServer, context: RouteContext): void {
  server.put(
    '/v1/voters/:id/storage',
    {
      preHandler: requireAdmin,
      schema: {
        tags: ['operations'],
        summary: 'Count a voter again that lost its disk',
        description:
          'A voter whose disk is not the one it is known by is brought up to date but has no vote, as it may have ' +
          "forgotten promises. This takes the new disk for its own. The storage id is in the leader's /v1/status; " +
          'read docs/operations/coordinator.md first.',
        params: nodeParams,
        body: Type.Object(
          {
            storageId: Type.String({
              minLength: 1,
              maxLength: 64,
              description: 'The disk it answers from now',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      await acceptStorage(context, request.params.id, request.body.storageId);
      return reply.code(204).send(null);
    },
  );
}
