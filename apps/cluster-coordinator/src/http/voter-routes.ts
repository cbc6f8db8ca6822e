import { requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import type { RaftStatus } from '@hanok/cluster';
import { CoordinationError } from '@hanok/cluster';
import { Type } from 'typebox';
import { changeVoters } from '../cluster/change-voters.ts';
import type { RouteContext } from './context.ts';
import { hostSchema, nodeParams, portSchema, problemResponses } from './schemas.ts';
import { voterSchema } from './status-routes.ts';

const votersSchema = Type.Object({
  leaderId: Type.Union([Type.String(), Type.Null()]),
  changePending: Type.Boolean({ description: 'The latest change is not known to be committed' }),
  items: Type.Array(
    Type.Object({
      ...voterSchema.properties,
      role: Type.Union([Type.Literal('voter'), Type.Literal('learner')], {
        description: 'A learner is brought up to date, and becomes a voter by itself',
      }),
    }),
  ),
  nextCursor: Type.Null(),
});

const tags = ['operations'];

/** Care of the voters: who they are, and replacing one. */
export function addVoterRoutes(server: HanokServer, context: RouteContext): void {
  server.get(
    '/v1/voters',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'The voters and learners, as this coordinator knows them; the leader knows most',
        response: { 200: votersSchema, ...problemResponses },
      },
    },
    () => votersView(context),
  );

  server.put(
    '/v1/voters/:id',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'Add a voter, or tell where one listens now',
        description:
          'The new one starts as a learner and becomes a voter by itself once it has caught up. A voter that lost its ' +
          'disk must be removed first. Read docs/operations/coordinator.md.',
        params: nodeParams,
        body: Type.Object(
          {
            host: hostSchema,
            port: portSchema,
            storageId: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 64,
                description: 'The disk it must answer from; without it, the one it first answers from',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 202: votersSchema, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { host, port, storageId = null } = request.body;
      await changeVoters(context, { kind: 'put', id: request.params.id, host, port, storageId });
      return reply.code(202).send(votersView(context));
    },
  );

  server.delete(
    '/v1/voters/:id',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'Remove a voter or a learner, be it the leader, which hands over first',
        description:
          'Refused with 409 when the voters that would be left have no majority that answers: nothing could be decided ' +
          'any more, this removal included.',
        params: nodeParams,
        response: { 204: Type.Null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      await changeVoters(context, { kind: 'remove', id: request.params.id });
      return reply.code(204).send(null);
    },
  );
}

function votersView({ raft }: RouteContext) {
  if (raft === null) {
    throw new CoordinationError('bad-request', 'coordination lives in etcd: there are no voters here');
  }
  const status: RaftStatus = raft.status();
  return {
    leaderId: status.leaderId,
    changePending: status.changePending,
    items: [
      ...status.voters.map((voter) => ({ ...voter, role: 'voter' as const })),
      ...status.learners.map((learner) => ({ ...learner, role: 'learner' as const })),
    ],
    nextCursor: null,
  };
}
