import { randomInt } from 'node:crypto';
import {
  DropCounts,
  EmbeddedCoordination,
  FileStorage,
  KeyRing,
  parseKeys,
  raftMaxFrameBytes,
  RaftStorageError,
  StreamListener,
  TcpTransport,
} from '@hanok/cluster';
import { ConfigError, isLoopbackHost } from '@hanok/service-kit';
import type { Logger } from '@hanok/service-kit';
import type { CoordinatorConfig } from '../config.ts';
import { GossipMembers } from './gossip-members.ts';
import type { MemberDirectory } from './member.ts';
import { seedsOf, votersOf } from './voter-list.ts';

/** This coordinator's part in the cluster, running. */
export interface Cluster {
  readonly coordination: EmbeddedCoordination;
  readonly members: MemberDirectory;
  readonly drops: DropCounts;
  close(): Promise<void>;
}

/**
 * Opens the data folder and the cluster port, and starts taking part.
 *
 * @throws ConfigError, RaftStorageError, or the system's error when the port or the folder cannot be used.
 */
export async function openCluster(
  config: CoordinatorConfig,
  logger: Logger,
  onFatal: (error: unknown) => void,
): Promise<Cluster> {
  const voters = votersOf(config);
  const ring = keyRingOf(config);
  const drops = new DropCounts();
  const listener = new StreamListener({
    host: config.clusterHost,
    port: config.clusterPort,
    ring,
    drops,
    maxFrameBytes: raftMaxFrameBytes,
    maxWaitingBytes: raftMaxFrameBytes * 2,
  });
  // The ports before the folder: two processes of one configuration then never write to one log.
  await onClusterPort(config, () => listener.listen());
  const own = voters.find(({ id }) => id === config.nodeId);
  const members = await onClusterPort(config, () =>
    GossipMembers.start({
      id: config.nodeId,
      host: config.clusterHost,
      port: config.clusterPort,
      advertiseHost: own?.host,
      voters,
      seeds: seedsOf(config, voters),
      listener,
      ring,
      drops,
      logger,
    }),
  ).catch(async (error: unknown) => {
    await listener.close();
    throw error;
  });
  const storage = await openStorage(config).catch(async (error: unknown) => {
    await members.leave();
    await listener.close();
    throw error;
  });
  const peers = voters.filter(({ id }) => id !== config.nodeId);
  const transport = new TcpTransport({ id: config.nodeId, peers, listener, ring, drops, logger });
  const coordination = new EmbeddedCoordination({
    raft: {
      id: config.nodeId,
      voters: voters.map(({ id }) => id),
      electionTimeoutMs: config.electionTimeoutMs,
      seed: randomInt(2 ** 31),
    },
    storage,
    transport,
    logger,
    onFatal,
  });
  coordination.start();
  return {
    coordination,
    members,
    drops,
    async close() {
      await coordination.stop();
      await members.leave();
      await listener.close();
    },
  };
}

function keyRingOf(config: CoordinatorConfig): KeyRing {
  const keys = readKeys(config.clusterKey ?? '');
  if (keys.length === 0 && !isLoopbackHost(config.clusterHost)) {
    throw new ConfigError([`CLUSTER_HOST ${config.clusterHost} is not loopback, so CLUSTER_KEY is required`]);
  }
  return new KeyRing(config.clusterName, keys);
}

function readKeys(text: string): Buffer[] {
  try {
    return parseKeys(text);
  } catch (error) {
    throw new ConfigError([`CLUSTER_KEY: ${(error as Error).message}`]);
  }
}

async function onClusterPort<T>(
  { clusterHost, clusterPort }: CoordinatorConfig,
  open: () => Promise<T>,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on: ${code}`;
    throw new Error(`CLUSTER_PORT ${clusterPort} on ${clusterHost} ${why}`, { cause: error });
  }
}

async function openStorage(config: CoordinatorConfig): Promise<FileStorage> {
  try {
    return await FileStorage.open(config.dataDir, config.nodeId);
  } catch (error) {
    if (error instanceof RaftStorageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`DATA_DIR ${config.dataDir} cannot be used: ${code ?? message}`, { cause: error });
  }
}
