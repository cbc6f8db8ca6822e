import { join } from 'node:path';
import { EmbeddedCoordination, FileStorage } from '@hanok/cluster';
import { silentLogger } from '@hanok/service-kit';
import { eventually, temporaryFolder } from '@hanok/testkit';
import type { CutResult } from './cut-figures.ts';
import { MemoryNetwork } from './memory-network.ts';
import { HolderWatch } from './watch-holders.ts';

const electionTimeoutMs = 300;

/** Cuts the leader of three off from the others, in both directions or only one, until another leads; then heals. */
export async function embeddedCuts(cuts: number): Promise<CutResult> {
  const folder = temporaryFolder();
  const network = new MemoryNetwork();
  const voters = ['a', 'b', 'c'].map((id, index) => ({ id, host: '127.0.0.1', port: index + 1 }));
  const nodes = await Promise.all(
    voters.map(async ({ id }, seed) => {
      const coordination = new EmbeddedCoordination({
        raft: { id, voters, electionTimeoutMs, seed },
        storage: await FileStorage.open(join(folder.path, id), id),
        transport: network.join(id),
        logger: silentLogger,
        onFatal: (error) => {
          throw error;
        },
      });
      coordination.start();
      return { id, coordination };
    }),
  );
  const watch = new HolderWatch(nodes.map(({ coordination }) => coordination));
  try {
    await eventually(() => watch.holder !== null);
    for (let cut = 0; cut < cuts; cut += 1) {
      const before = watch.holder;
      const leader = nodes.find(({ coordination }) => coordination === before)?.id ?? '';
      network.cut(leader, cut % 2 === 0 ? 'both ways' : 'incoming');
      await eventually(() => watch.holder !== before);
      network.heal();
      await eventually(() => nodes.every(({ coordination }) => coordination.isCurrent()));
    }
    return { cuts, ...watch.result() };
  } finally {
    watch[Symbol.dispose]();
    network.heal();
    await Promise.all(nodes.map(({ coordination }) => coordination.stop()));
    await folder.remove();
  }
}
