import { problems } from '@hanok/service-kit';
import type { Balancer } from '../balancer.ts';
import type { ListenerSet } from '../listeners/listener-set.ts';

/**
 * Refuses a pool that the listener does not have; none given is the default pool.
 * @param field where the request names it
 */
export function requirePool(balancer: Balancer, pool: string | undefined, field: string): void {
  if (pool === undefined || balancer.pools.includes(pool)) return;
  throw problems.validation({
    detail: `no server name leads to pool ${pool}`,
    errors: [{ field, rule: 'known', message: 'must be a pool that a server name leads to' }],
  });
}

/** The balancer and the pool (empty: the default one) that a query names. */
export function findPool(
  listeners: ListenerSet,
  { listener, pool }: { readonly listener?: string; readonly pool?: string },
): { balancer: Balancer; pool: string } {
  const balancer = listeners.get(listener);
  requirePool(balancer, pool, 'query.pool');
  return { balancer, pool: pool ?? '' };
}
