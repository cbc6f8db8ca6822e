import { isIP } from 'node:net';
import { problems, requireAdmin, type Clock, type HanokServer } from '@hanok/service-kit';
import { STRATEGY_NAMES } from '@hanok/strategies';
import type { Balancer } from '../balancer.ts';
import { explainFor } from '../observe/explain-for.ts';
import { readStatistics } from '../observe/statistics.ts';
import { explainQuery, explanationView, statisticsView, strategyBody, strategyView } from './schemas.ts';

const tags = ['balancing'];
const preHandler = requireAdmin;

/** `/v1/strategy`, `/v1/stats` and `/v1/explain`. */
export function addBalancerRoutes(server: HanokServer, balancer: Balancer, clock: Clock): void {
  const strategy = () => ({ name: balancer.strategy, available: [...STRATEGY_NAMES] });

  server.get(
    '/v1/strategy',
    { preHandler, schema: { tags, summary: 'The strategy in use', response: { 200: strategyView } } },
    strategy,
  );

  server.put(
    '/v1/strategy',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Use another strategy for new connections; open ones stay',
        body: strategyBody,
        response: { 200: strategyView },
      },
    },
    (request) => {
      balancer.strategy = request.body.name;
      return strategy();
    },
  );

  server.get(
    '/v1/stats',
    {
      preHandler,
      schema: { tags, summary: 'Totals and figures of each backend', response: { 200: statisticsView } },
    },
    () => readStatistics(balancer, clock.now(), clock.monotonicMs()),
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
      const { source, strategy: name = balancer.strategy } = request.query;
      if (isIP(source) === 0) {
        throw problems.validation({
          detail: 'query.source must be an IP address',
          errors: [{ field: 'query.source', rule: 'address', message: 'must be an IP address' }],
        });
      }
      return explainFor(balancer, source, name, clock.monotonicMs());
    },
  );
}
