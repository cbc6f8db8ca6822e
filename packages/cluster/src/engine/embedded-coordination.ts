import { systemClock } from '@hanok/service-kit';
import type { Clock, Logger } from '@hanok/service-kit';
import type { Election } from '../election/election.ts';
import type { Coordination } from './coordination.ts';
import { RaftElection } from '../election/raft-election.ts';
import { raftConfig } from '../raft/raft-config.ts';
import type { RaftOptions } from '../raft/raft-config.ts';
import type { ConfigurationAt } from '../raft/configuration.ts';
import { LeaderRequests } from '../raft/node/leader-requests.ts';
import { PeerRequests } from '../raft/node/peer-requests.ts';
import { RaftNode } from '../raft/node/raft-node.ts';
import type { RaftTransport } from '../raft/node/raft-transport.ts';
import type { RaftStorage } from '../raft/storage/raft-storage.ts';
import { RegistryLeader } from '../registry/registry-leader.ts';
import type { RegistryRequest } from '../registry/registry-leader.ts';
import { RegistryState } from '../registry/registry-state.ts';
import { Registry } from '../registry/registry.ts';
import { GroupWatch } from './group-watch.ts';

export interface EmbeddedCoordinationOptions {
  readonly raft: Omit<RaftOptions, 'storageId'>;
  readonly storage: RaftStorage;
  readonly transport: RaftTransport;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** The disk failed: nothing more can be promised, and the process should end. */
  readonly onFatal: (error: unknown) => void;
}

/** Election and registry among the coordinators themselves: nothing outside is needed. */
export class EmbeddedCoordination implements Coordination {
  readonly node: RaftNode;
  readonly registry: Registry;
  readonly election: Election;
  /** Questions between the coordinators themselves. */
  readonly peers: PeerRequests;
  readonly #group: GroupWatch;
  readonly #leader: LeaderRequests;
  readonly #logger: Logger;

  constructor(options: EmbeddedCoordinationOptions) {
    const { storage, transport, logger, clock = systemClock, onFatal } = options;
    const state = new RegistryState();
    this.#logger = logger;
    this.peers = new PeerRequests(transport, clock, logger);
    const recovered = recoveredGroup(options);
    let node: RaftNode | null = null;
    this.#group = new GroupWatch(state, recovered, () =>
      node === null ? recovered : { index: node.appliedIndex, members: node.members },
    );
    this.node = new RaftNode({
      config: raftConfig({ ...options.raft, storageId: storage.storageId }),
      storage,
      transport,
      stateMachine: this.#group,
      logger,
      clock,
      onFatal,
      onPeerMessage: (from, message) => this.peers.receive(from, message),
      onPeerLost: (to) => this.peers.abandon(to),
    });
    const registryLeader = new RegistryLeader({ node: this.node, state, clock, logger });
    node = this.node;
    this.#leader = new LeaderRequests(this.node, this.peers, clock, async (payload) => {
      return JSON.stringify(await registryLeader.handle(JSON.parse(payload) as RegistryRequest));
    });
    this.registry = new Registry(state, this.#leader, clock);
    this.election = new RaftElection(this.node, clock);
  }

  start(): void {
    this.node.start();
  }

  /** Whether reads of the registry are nearly current: this node has lately been in touch with a leader. */
  isCurrent(): boolean {
    return this.node.isCurrent();
  }

  holdsLeadership(): boolean {
    return this.node.holdsLease();
  }

  /** Calls back at once and after each change of the voters and learners that is committed. @returns what ends it. */
  observeGroup(listener: (group: ConfigurationAt) => void): () => void {
    return this.#group.observe(listener);
  }

  /** Hands leadership over first, so that the others need not wait for a timeout. */
  async stop(): Promise<void> {
    await this.election.resign();
    this.peers.close();
    await this.node.stop();
    this.#logger.info('coordination stopped');
  }
}

/** What is in force before the first entry of the log. */
function recoveredGroup({ raft, storage }: EmbeddedCoordinationOptions): ConfigurationAt {
  const { snapshot } = storage.recovered;
  if (snapshot !== null) return { index: snapshot.index, members: snapshot.configuration };
  return { index: 0, members: raft.voters.map((voter) => ({ ...voter, storageId: null, voting: true })) };
}
