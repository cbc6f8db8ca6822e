import { isIP } from 'node:net';
import { problems, requireAdmin, type Clock, type HanokServer } from '@hanok/service-kit';
import { STRATEGY_NAMES } from '@hanok/strategies';
import type { Balancer } from '../balancer.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { recentDecisions } from '../observe/recent-decisions.ts';
import { explainFor } from '../observe/explain-for.ts';
import { readStatistics } from '../observe/statistics.ts';
import { findPool } from './require-pool.ts';
import {
  decisionList,
  decisionQuery,
  explainQuery,
  explanationView,
  listenerQuery,
  poolQuery,
  statisticsView,
  strategyBody,
  strategyView,
} from './schemas.ts';

const tags = ['balancing'];
const preHandler = requireAdmin;

/** `/v1/strategy`, `/v1/stats`, `/v1/explain` and `/v1/decisions`. */
export function addBalancerRoutes(server: HanokServer, listeners: ListenerSet, clock: Clock): void {
  const strategyOf = (balancer: Balancer, pool: string) => ({
    name: balancer.strategyOf(pool),
    available: [...STRATEGY_NAMES],
  });

  server.get(
    '/v1/strategy',
    {
      preHandler,
      schema: {
        tags,
        summary: 'The strategy in use in a pool',
        querystring: poolQuery,
        response: { 200: strategyView },
      },
    },
    (request) => {
      const { balancer, pool } = findPool(listeners, request.query);
      return strategyOf(balancer, pool);
    },
  );

  server.put(
    '/v1/strategy',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Use another strategy for new connections of a pool; open ones stay',
        querystring: poolQuery,
        body: strategyBody,
        response: { 200: strategyView },
      },
    },
    (request) => {
      const { balancer, pool } = findPool(listeners, request.query);
      balancer.useStrategy(pool, request.body.name);
      return strategyOf(balancer, pool);
    },
  );

  server.get(
    '/v1/stats',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Totals and figures of each backend',
        querystring: listenerQuery,
        response: { 200: statisticsView },
      },
    },
    (request) => readStatistics(listeners.get(request.query.listener), clock.now(), clock.monotonicMs()),
  );

  server.get(
    '/v1/explain',
    {
      preHandler,
      schema: {
        tags,
        summary: 'How a strategy sees the backends for a client right now; nothing is changed by asking',
        querystring: explainQuery,
        response: { 200: explanationView },
      },
    },
    (request) => {
      const { source } = request.query;
      const { balancer, pool } = findPool(listeners, request.query);
      const name = request.query.strategy ?? balancer.strategyOf(pool);
      if (isIP(source) === 0) {
        throw problems.validation({
          detail: 'query.source must be an IP address',
          errors: [{ field: 'query.source', rule: 'address', message: 'must be an IP address' }],
        });
      }
      return explainFor(balancer, source, name, clock.monotonicMs(), pool);
    },
  );

  server.get(
    '/v1/decisions',
    {
      preHandler,
      schema: {
        tags,
        summary: 'A sample of the last placings, newest first: which backend, and by which scores',
        querystring: decisionQuery,
        response: { 200: decisionList },
      },
    },
    async (request) => {
      const { listener, limit = 50, source } = request.query;
      const items = await recentDecisions(listeners.get(listener), source);
      return { items: items.slice(0, limit), nextCursor: null };
    },
  );
}
