import { requireAdmin, type HanokServer, type Rng } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { replayFor } from '../observe/replay-for.ts';
import { requirePool } from './require-pool.ts';
import { poolQuery, strategyBody } from './schemas.ts';

const preHandler = requireAdmin;

const count = (description: string) => Type.Integer({ minimum: 0, description });
const time = Type.Union([Type.String(), Type.Null()]);

const replayView = Type.Object({
  strategy: Type.String(),
  from: time,
  to: time,
  replayed: count('Recorded placings that were sent through the strategy again'),
  skipped: count('Left out: retries, clients with a token, no backend, or one that is gone'),
  moved: count('Of those replayed: would have gone to another backend'),
  unplaced: count('Of those replayed: would have had to wait'),
  backends: Type.Array(
    Type.Object({
      id: Type.String(),
      connections: count('Of those replayed: went to it'),
      replayedConnections: count('Of those replayed: would have gone to it'),
    }),
  ),
});

/** `/v1/strategy/replay`. */
export function addReplayRoutes(server: HanokServer, listeners: ListenerSet, rng: Rng): void {
  server.post(
    '/v1/strategy/replay',
    {
      preHandler,
      schema: {
        tags: ['balancing'],
        summary: 'What another strategy would have done with the sample of recent placings; changes nothing',
        querystring: poolQuery,
        body: strategyBody,
        response: { 200: replayView },
      },
    },
    (request) => {
      const { listener, pool } = request.query;
      const balancer = listeners.get(listener);
      requirePool(balancer, pool, 'query.pool');
      return replayFor(balancer, request.body.name, rng, pool);
    },
  );
}
