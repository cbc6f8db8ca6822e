import { requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { stepDown } from '../cluster/step-down.ts';
import type { RouteContext } from './context.ts';
import { problemResponses, staleSchema } from './schemas.ts';

const leaderSchema = Type.Object({
  leaderId: Type.Union([Type.String(), Type.Null()], { description: 'Null while there is none' }),
  term: Type.Integer({ description: 'Rises with every election' }),
  fencingToken: Type.Integer({
    description: 'The term: have shared resources refuse a lower one than the highest they have seen',
  }),
  isSelf: Type.Boolean({ description: 'This coordinator leads' }),
  stale: staleSchema,
});

/** Who leads, and having it step down. */
export function addLeaderRoutes(server: HanokServer, context: RouteContext): void {
  const { coordination, nodeId } = context;
  const tags = ['leadership'];

  const view = () => {
    const { leaderId, term } = coordination.election.view();
    // A leader without a lease may already have a successor.
    const isSelf = leaderId === nodeId && coordination.holdsLeadership();
    return { leaderId, term, fencingToken: term, isSelf, stale: !coordination.isCurrent() };
  };

  server.get(
    '/v1/leader',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'The leader of the cluster and its fencing token',
        response: { 200: leaderSchema, ...problemResponses },
      },
    },
    view,
  );

  server.post(
    '/v1/leader/step-down',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'Have the leader hand over to another coordinator',
        description:
          'Takes about a round trip, not an election timeout. A coordinator that is alone stays leader.',
        response: { 200: leaderSchema, ...problemResponses },
      },
    },
    async () => {
      await stepDown(context);
      return view();
    },
  );
}
