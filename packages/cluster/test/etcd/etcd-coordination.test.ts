import { startEtcd } from '@hanok/testkit';
import { describeCoordination } from '../engine/coordination-contract.ts';
import { startOnEtcd } from './start-on-etcd.ts';

describeCoordination('etcd', async () => {
  const etcd = await startEtcd();
  const cluster = startOnEtcd(etcd.url, 3);
  return {
    nodes: cluster.nodes,
    [Symbol.asyncDispose]: async () => {
      await cluster[Symbol.asyncDispose]();
      await etcd.stop();
    },
  };
});
