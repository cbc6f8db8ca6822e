import { requireAdmin, type HanokServer } from '@hanok/service-kit';
import type { ListenerSet } from '../listeners/listener-set.ts';
import type { Reloader } from '../listeners/reloader.ts';
import { changeList, listenerList, reloadBody } from './schemas.ts';

const tags = ['listeners'];
const preHandler = requireAdmin;

/** `/v1/listeners` and `/v1/reload`. */
export function addListenerRoutes(server: HanokServer, listeners: ListenerSet, reloader: Reloader): void {
  server.get(
    '/v1/listeners',
    { preHandler, schema: { tags, summary: 'All listeners', response: { 200: listenerList } } },
    () => ({
      items: listeners.list().map(({ name, balancer, settings }) => ({
        name,
        listen: settings.config.listen,
        port: balancer.workers.port,
        strategy: balancer.strategy,
        pools: balancer.pools.map((pool) => ({ name: pool, strategy: balancer.strategyOf(pool) })),
        backends: balancer.backends.list().length,
        activeConnections: balancer.state.open,
      })),
      nextCursor: null,
    }),
  );

  server.post(
    '/v1/reload',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Read CONFIG_FILE again and tell what changed; an invalid file changes nothing',
        body: reloadBody,
        response: { 200: changeList },
      },
    },
    async (request) => {
      const dryRun = request.body.dryRun ?? false;
      const changes = await reloader.reload(dryRun);
      return {
        applied: !dryRun,
        changes: changes.map((each) => ({ ...each, settings: [...each.settings] })),
      };
    },
  );
}
