import { systemClock, systemRng, type Clock, type Logger, type Rng } from '@hanok/service-kit';
import type { Coordination, ServiceRegistry } from '../engine/coordination.ts';
import type { Election } from '../election/election.ts';
import { PeerRequests } from '../raft/node/peer-requests.ts';
import type { RaftTransport } from '../raft/node/raft-transport.ts';
import { CopyProgress } from './copy-progress.ts';
import type { EtcdTls } from './etcd-connection.ts';
import { EtcdElection } from './etcd-election.ts';
import { EtcdGateway } from './etcd-gateway.ts';
import { EtcdMirror } from './etcd-mirror.ts';
import { EtcdRegistry } from './etcd-registry.ts';
import type { EtcdAddress } from './etcd-url.ts';
import { RegistryMirror } from './registry-mirror.ts';
import { SyncMarks } from './sync-marks.ts';

/** How to coordinate through etcd. */
export interface EtcdCoordinationOptions {
  /** From `parseEtcdUrl`. */
  readonly address: EtcdAddress;
  /** For `etcds://`. Default: what Node.js trusts, and no certificate of one's own. */
  readonly tls?: EtcdTls | undefined;
  readonly nodeId: string;
  /** A leader that is not heard of for so long is replaced. Default 3,000; etcd takes whole seconds, 2 at least. */
  readonly leaderTtlMs?: number | undefined;
  /** Carries the coordinators' questions to each other. */
  readonly transport: RaftTransport;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  readonly rng?: Rng | undefined;
}

const defaultLeaderTtlMs = 3_000;

/** Election and registry in an etcd cluster, which the coordinators share. */
export class EtcdCoordination implements Coordination {
  readonly registry: ServiceRegistry;
  readonly election: Election;
  readonly peers: PeerRequests;
  readonly #election: EtcdElection;
  readonly #keys: EtcdMirror;
  readonly #transport: RaftTransport;

  constructor(options: EtcdCoordinationOptions) {
    const { address, nodeId, transport, logger, clock = systemClock, rng = systemRng } = options;
    const { prefix } = address;
    const gatewayOptions = { address, tls: options.tls, clock };
    const gateway = new EtcdGateway(gatewayOptions);
    const nodePrefix = `${prefix}nodes/`;
    const broadcastPrefix = `${prefix}broadcasts/`;
    const mirror = new RegistryMirror(nodePrefix, broadcastPrefix);
    const progress = new CopyProgress(clock);
    const marks = new SyncMarks(gateway, `${prefix}marks/${nodeId}`);
    this.#election = new EtcdElection({
      // Of its own: a slow write to the registry must not hold up the renewal of the leadership.
      gateway: new EtcdGateway(gatewayOptions),
      prefix: `${prefix}candidates/`,
      nodeId,
      ttlMs: options.leaderTtlMs ?? defaultLeaderTtlMs,
      clock,
      logger,
    });
    this.#keys = new EtcdMirror({
      gateway: new EtcdGateway(gatewayOptions),
      prefix,
      clock,
      rng,
      logger,
      onReset: (keys, revision) => {
        mirror.reset(keys, revision);
        this.#election.reset(keys);
        progress.reach(revision);
      },
      onChange: (events, revision) => {
        for (const event of events) {
          mirror.apply(event);
          this.#election.apply(event);
        }
        mirror.reach(revision);
        progress.reach(revision);
      },
    });
    this.#transport = transport;
    this.registry = new EtcdRegistry({
      gateway,
      mirror,
      progress,
      marks,
      nodePrefix,
      broadcastPrefix,
      clock,
    });
    this.election = this.#election;
    this.peers = new PeerRequests(transport, clock, logger);
  }

  start(): void {
    this.#transport.start(
      (from, message) => this.peers.receive(from, message),
      (to) => this.peers.abandon(to),
    );
    this.#keys.start();
    this.#election.start();
  }

  isCurrent(): boolean {
    return this.#keys.isCurrent;
  }

  holdsLeadership(): boolean {
    return this.#election.holdsLeadership();
  }

  async stop(): Promise<void> {
    await this.#election.stop();
    await this.#keys.stop();
    this.peers.close();
    this.#transport.close();
  }
}
