import type { ClusterStatus, ProxyStatistics } from './connection/answers.ts';

/** An lb-proxy and its figures, null when it does not answer. */
export interface ProxyHealth {
  readonly id: string;
  readonly statistics: ProxyStatistics | null;
  readonly failure?: string;
}

/** What is not as it should be, each in a sentence without its full stop; empty when all is well. */
export function findTrouble(status: ClusterStatus, proxies: readonly ProxyHealth[]): string[] {
  return [...troubleOfCluster(status), ...proxies.flatMap((proxy) => [...troubleOfProxy(proxy)])];
}

function* troubleOfCluster(status: ClusterStatus): Generator<string> {
  if (status.leaderId === null) yield 'the cluster has no leader: nothing can be changed';
  else if (status.stale) yield `${status.nodeId} is out of touch with the leader: what it says may be old`;
  for (const { id, service, state, alive } of status.nodes) {
    if (!alive) yield `${service} ${id} is ${state}`;
    else if (state === 'suspect') yield `${service} ${id} is suspected to be dead`;
    else if (state === 'starting' || state === 'draining') yield `${service} ${id} is ${state}`;
  }
  for (const { id, connected, trusted } of status.raft?.voters ?? []) {
    if (!trusted) yield `voter ${id} lost its disk and is not counted`;
    else if (!connected && id !== status.nodeId) yield `${status.nodeId} has no connection to voter ${id}`;
  }
}

function* troubleOfProxy({ id, statistics, failure }: ProxyHealth): Generator<string> {
  if (statistics === null) {
    yield `lb-proxy ${id} does not answer: ${failure}`;
    return;
  }
  if (!statistics.discovery.connected) yield `lb-proxy ${id} cannot reach the registry`;
  if (statistics.panic) yield `lb-proxy ${id} uses doubtful backends, because too few are healthy`;
  if (!statistics.backends.some((backend) => backend.eligible))
    yield `lb-proxy ${id} has no backend for new clients`;
  for (const backend of statistics.backends) {
    if (backend.health === 'down' || backend.health === 'ejected')
      yield `lb-proxy ${id}: backend ${backend.id} is ${backend.health}`;
  }
}
