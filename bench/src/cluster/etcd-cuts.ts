import { connect, createServer, type Socket } from 'node:net';
import { EtcdCoordination, parseEtcdUrl } from '@hanok/cluster';
import { silentLogger } from '@hanok/service-kit';
import { eventually, startEtcd } from '@hanok/testkit';
import type { CutResult } from './cut-figures.ts';
import { MemoryNetwork } from './memory-network.ts';
import { HolderWatch } from './watch-holders.ts';

/** The least that etcd grants. */
const leaderTtlMs = 2_000;

/** Cuts the leader of two coordinators off from etcd, silently, until the other leads; then heals. */
export async function etcdCuts(cuts: number): Promise<CutResult> {
  await using etcd = await startEtcd({ dedicated: true });
  const network = new MemoryNetwork();
  const nodes = await Promise.all(
    ['a', 'b'].map(async (nodeId) => {
      const way = await startWay(etcd.port);
      const address = parseEtcdUrl(`etcd://127.0.0.1:${way.port}`, '/bench/');
      const transport = network.join(nodeId);
      const coordination = new EtcdCoordination({
        address,
        nodeId,
        leaderTtlMs,
        transport,
        logger: silentLogger,
      });
      coordination.start();
      return { way, coordination };
    }),
  );
  const watch = new HolderWatch(nodes.map(({ coordination }) => coordination));
  try {
    await eventually(() => watch.holder !== null);
    for (let cut = 0; cut < cuts; cut += 1) {
      const before = watch.holder;
      const way = nodes.find(({ coordination }) => coordination === before)?.way;
      way?.setCut(true);
      await eventually(() => watch.holder !== before, { timeoutMs: 30_000 });
      way?.setCut(false);
      await eventually(() => nodes.every(({ coordination }) => coordination.isCurrent()), {
        timeoutMs: 30_000,
      });
    }
    return { cuts, ...watch.result() };
  } finally {
    watch[Symbol.dispose]();
    for (const { way } of nodes) way.setCut(false);
    await Promise.all(nodes.map(({ coordination }) => coordination.stop()));
    for (const { way } of nodes) way.close();
  }
}

/** A way to a port on which nothing passes while it is cut: connections stay open, and bytes are held back. */
async function startWay(toPort: number) {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((client) => {
    const target = connect({ host: '127.0.0.1', port: toPort });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
      if (isCut) socket.pause();
    }
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      from.on('data', (chunk) => to.write(chunk));
      if (isCut) from.pause();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    setCut(cut: boolean) {
      isCut = cut;
      for (const socket of sockets) {
        if (cut) socket.pause();
        else socket.resume();
      }
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
