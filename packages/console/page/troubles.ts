import { backendState } from './parts/status.ts';
import type { Store } from './store.ts';
import { t, word } from './words.ts';

/** Everything that is not as it should be, in words, the worst first. */
export function findTroubles(store: Store): string[] {
  const { cluster } = store;
  const leadership = cluster !== undefined && cluster.leaderId === null ? [t('trouble.noLeader')] : [];
  const coordinators = [...store.table('coordinators').values()]
    .filter(({ state }) => state === 'dead' || state === 'suspect')
    .map(({ id, state }) => `${id}: ${word('state', state)}`);
  const balancers = [...store.table('balancers').values()].flatMap(
    ({ balancer, isReachable, panic, usable }) => [
      ...(isReachable ? [] : [`${balancer}: ${word('state', 'unreachable')}`]),
      ...(panic ? [t('trouble.panic', { name: balancer })] : []),
      ...(usable === 0 ? [t('trouble.noBackends', { name: balancer })] : []),
    ],
  );
  const backends = [...store.table('backends').values()]
    .filter(({ health }) => health === 'down' || health === 'ejected')
    .map((backend) => `${backend.id}: ${word('state', backendState(backend))}`);
  const services = [...store.table('services').values()].flatMap(({ id, state, failing }) => [
    ...(state === 'dead' ? [`${id}: ${word('state', 'dead')}`] : []),
    ...(failing.length > 0 && state !== 'dead'
      ? [t('trouble.failing', { name: id, what: failing.join(', ') })]
      : []),
  ]);
  return [...new Set([...leadership, ...coordinators, ...balancers, ...backends, ...services])];
}
