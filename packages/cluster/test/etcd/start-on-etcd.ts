import { randomUUID } from 'node:crypto';
import { silentLogger } from '@hanok/service-kit';
import type { EtcdTls } from '../../src/etcd/etcd-connection.ts';
import { EtcdCoordination } from '../../src/etcd/etcd-coordination.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import type { RaftTransport } from '../../src/raft/node/raft-transport.ts';

/** Coordinators in this process that share one etcd. */
export interface EtcdTestCluster extends AsyncDisposable {
  readonly nodes: ReadonlyMap<string, EtcdCoordination>;
  readonly prefix: string;
}

/** These tests ask nothing of one coordinator by another. */
export const noTransport: RaftTransport = {
  send: () => false,
  isConnected: () => false,
  setPeers: () => undefined,
  start: () => undefined,
  close: () => undefined,
};

/** Starts coordinators under keys of their own. */
export function startOnEtcd(
  url: string,
  count: number,
  prefix = `/test/${randomUUID()}/`,
  tls?: EtcdTls,
): EtcdTestCluster {
  const nodes = new Map<string, EtcdCoordination>();
  for (let index = 1; index <= count; index += 1) {
    const nodeId = `coordinator-${index}`;
    const address = parseEtcdUrl(url, prefix);
    const coordination = new EtcdCoordination({
      address,
      tls,
      nodeId,
      transport: noTransport,
      logger: silentLogger,
    });
    coordination.start();
    nodes.set(nodeId, coordination);
  }
  return {
    nodes,
    prefix,
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all([...nodes.values()].map((node) => node.stop()))),
  };
}
