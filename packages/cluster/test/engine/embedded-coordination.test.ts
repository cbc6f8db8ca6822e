import { silentLogger } from '@hanok/service-kit';
import { freePorts, temporaryFolder } from '@hanok/testkit';
import { EmbeddedCoordination } from '../../src/engine/embedded-coordination.ts';
import { raftMaxFrameBytes, TcpTransport } from '../../src/raft/node/tcp-transport.ts';
import { FileStorage } from '../../src/raft/storage/file-storage.ts';
import { DropCounts } from '../../src/wire/drop-counts.ts';
import { KeyRing } from '../../src/wire/key-ring.ts';
import { StreamListener } from '../../src/wire/stream-listener.ts';
import { describeCoordination } from './coordination-contract.ts';

describeCoordination('the embedded engine', async () => {
  const ports = await freePorts(3);
  const voters = ports.map((port, index) => ({ id: `coordinator-${index + 1}`, host: '127.0.0.1', port }));
  const started = await Promise.all(
    voters.map(async ({ id, host, port }, index) => {
      const ring = new KeyRing('test', []);
      const drops = new DropCounts();
      const listener = new StreamListener({ host, port, ring, drops, maxFrameBytes: raftMaxFrameBytes });
      await listener.listen();
      const folder = temporaryFolder();
      const logger = silentLogger;
      const peers = voters.filter((voter) => voter.id !== id);
      const coordination = new EmbeddedCoordination({
        raft: { id, voters, electionTimeoutMs: 1_000, seed: index },
        storage: await FileStorage.open(folder.path, id),
        transport: new TcpTransport({ id, advertise: { host, port }, peers, listener, ring, drops, logger }),
        logger,
        onFatal: (error) => {
          throw error;
        },
      });
      coordination.start();
      const stop = async (): Promise<void> => {
        await coordination.stop();
        await listener.close();
        await folder.remove();
      };
      return { id, coordination, stop };
    }),
  );
  return {
    nodes: new Map(started.map(({ id, coordination }) => [id, coordination])),
    [Symbol.asyncDispose]: async () => void (await Promise.all(started.map(({ stop }) => stop()))),
  };
});
