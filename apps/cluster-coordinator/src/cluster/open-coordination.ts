import { randomInt } from 'node:crypto';
import {
  EmbeddedCoordination,
  EtcdCoordination,
  FileStorage,
  parseEtcdUrl,
  RaftStorageError,
} from '@hanok/cluster';
import type { Coordination, RaftNode, RaftTransport, VoterAddress } from '@hanok/cluster';
import { ConfigError } from '@hanok/service-kit';
import type { Logger } from '@hanok/service-kit';
import type { CoordinatorConfig } from '../config.ts';
import { measureWrites } from '../observe/disk-metric.ts';
import type { ObserveGroup } from '../observe/log-events.ts';
import { readEtcdTls } from './etcd-tls.ts';

/** Where leadership and the registry live; not started. */
export interface OpenCoordination {
  readonly coordination: Coordination;
  /** Null when they live in etcd. */
  readonly raft: RaftNode | null;
  /** Tells of the voters as they are committed; null when coordination lives in etcd. */
  readonly observeGroup: ObserveGroup | null;
}

/**
 * Makes the engine that COORDINATION_URL names.
 *
 * @throws ConfigError for a bad URL or bad files of certificates, RaftStorageError or the system's error for a data folder that cannot be used.
 */
export async function openCoordination(
  config: CoordinatorConfig,
  voters: readonly VoterAddress[],
  transport: RaftTransport,
  logger: Logger,
  onFatal: (error: unknown) => void,
): Promise<OpenCoordination> {
  const { nodeId, clusterName, clusterJoin, coordinationUrl, electionTimeoutMs } = config;
  const heartbeatIntervalMs = electionTimeoutMs / config.heartbeatsPerElectionTimeout;
  if (coordinationUrl !== 'embedded:') {
    const address = addressOf(coordinationUrl, `/hanok/${clusterName}/`);
    const tls = await readEtcdTls(config);
    const onEtcd = new EtcdCoordination({ address, tls, nodeId, transport, logger });
    return { coordination: onEtcd, raft: null, observeGroup: null };
  }
  const coordination = new EmbeddedCoordination({
    raft: {
      id: nodeId,
      voters: clusterJoin ? [] : voters,
      electionTimeoutMs,
      heartbeatIntervalMs,
      seed: randomInt(2 ** 31),
    },
    storage: await openStorage(config),
    transport,
    logger,
    onFatal,
  });
  const observeGroup: ObserveGroup = (listener) => coordination.observeGroup(listener);
  return { coordination, raft: coordination.node, observeGroup };
}

function addressOf(url: string, defaultPrefix: string) {
  try {
    return parseEtcdUrl(url, defaultPrefix);
  } catch (error) {
    throw new ConfigError([`COORDINATION_URL ${(error as Error).message}`]);
  }
}

async function openStorage({ dataDir, nodeId }: CoordinatorConfig): Promise<FileStorage> {
  try {
    return measureWrites(await FileStorage.open(dataDir, nodeId));
  } catch (error) {
    if (error instanceof RaftStorageError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`DATA_DIR ${dataDir} cannot be used: ${code ?? message}`, { cause: error });
  }
}
