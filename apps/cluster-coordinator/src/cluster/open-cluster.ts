import {
  DropCounts,
  KeyRing,
  parseKeys,
  raftMaxFrameBytes,
  StreamListener,
  TcpTransport,
} from '@hanok/cluster';
import type { RaftNode } from '@hanok/cluster';
import { ConfigError, isLoopbackHost } from '@hanok/service-kit';
import type { Logger } from '@hanok/service-kit';
import type { CoordinatorConfig } from '../config.ts';
import { GossipMembers } from './gossip-members.ts';
import type { MemberDirectory } from './member.ts';
import { openCoordination } from './open-coordination.ts';
import type { OpenCoordination } from './open-coordination.ts';
import { seedsOf, votersOf } from './voter-list.ts';

/** This coordinator's part in the cluster, running. */
export interface Cluster extends OpenCoordination {
  readonly members: MemberDirectory;
  readonly drops: DropCounts;
  close(): Promise<void>;
}

/**
 * Opens the cluster port and the data folder, and starts taking part.
 *
 * @throws ConfigError, RaftStorageError, or the system's error when the port or the folder cannot be used.
 */
export async function openCluster(
  config: CoordinatorConfig,
  logger: Logger,
  onFatal: (error: unknown) => void,
): Promise<Cluster> {
  const { nodeId: id, clusterHost: host, clusterPort: port } = config;
  const voters = votersOf(config);
  const ring = keyRingOf(config);
  const drops = new DropCounts();
  // What was opened before a failure is closed again, the last first.
  await using opened = new AsyncDisposableStack();

  const maxWaitingBytes = raftMaxFrameBytes * 2;
  const listener = new StreamListener({
    host,
    port,
    ring,
    drops,
    maxFrameBytes: raftMaxFrameBytes,
    maxWaitingBytes,
  });
  // The ports before the folder: two processes of one configuration then never write to one log.
  await onClusterPort(config, () => listener.listen());
  opened.defer(() => listener.close());

  // Who votes is known once the log is read.
  let raftNode: RaftNode | null = null;
  const shared = { listener, ring, drops, logger };
  const advertiseHost = voters.find((voter) => voter.id === id)?.host;
  const members = await onClusterPort(config, () =>
    GossipMembers.start({
      ...shared,
      id,
      host,
      port,
      config: config.membershipPreset,
      advertiseHost,
      voters: () => raftNode?.members ?? voters,
      seeds: seedsOf(config, voters),
    }),
  );
  opened.defer(() => members.leave());

  const peers = voters.filter((voter) => voter.id !== id);
  const advertise = { host: advertiseHost ?? (isWildcard(host) ? '' : host), port };
  const transport = new TcpTransport({ ...shared, id, advertise, peers });
  const engine = await openCoordination(config, voters, transport, logger, onFatal);
  const { coordination } = engine;
  opened.defer(() => coordination.stop());
  raftNode = engine.raft;
  coordination.start();

  const closing = opened.move();
  return { ...engine, members, drops, close: () => closing.disposeAsync() };
}

/** Listening on all addresses says nothing of where one is reached. */
function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function keyRingOf({ clusterHost, clusterKey, clusterName }: CoordinatorConfig): KeyRing {
  const keys = readKeys(clusterKey ?? '');
  if (keys.length === 0 && !isLoopbackHost(clusterHost)) {
    throw new ConfigError([`CLUSTER_HOST ${clusterHost} is not loopback, so CLUSTER_KEY is required`]);
  }
  return new KeyRing(clusterName, keys);
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
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on: ${code ?? message}`;
    throw new Error(`CLUSTER_PORT ${clusterPort} on ${clusterHost} ${why}`, { cause: error });
  }
}
