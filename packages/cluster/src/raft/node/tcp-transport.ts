import { systemClock, systemRng } from '@hanok/service-kit';
import type { Clock, Logger, Rng } from '@hanok/service-kit';
import type { DropCounts } from '../../wire/drop-counts.ts';
import type { KeyRing } from '../../wire/key-ring.ts';
import type { SecureStream } from '../../wire/secure-stream.ts';
import type { StreamListener, StreamReader } from '../../wire/stream-listener.ts';
import { WireError } from '../../wire/wire-error.ts';
import type { NodeId, VoterAddress } from '../raft-types.ts';
import { decodeClusterMessage, maxMessageBytes } from './cluster-message.ts';
import type { ClusterMessage } from './cluster-message.ts';
import { PeerLink } from './peer-link.ts';
import type { MessageHandler, RaftTransport } from './raft-transport.ts';

export interface TcpTransportOptions {
  readonly id: NodeId;
  /** Where the others reach this node; an empty host: where its connections come from. */
  readonly advertise: Omit<VoterAddress, 'id'>;
  /**
   * The other voters, until `setPeers` says otherwise. Their addresses are tried after that, too: a whole group that
   * was moved, as to other ports, has only its settings to find each other by.
   */
  readonly peers: readonly VoterAddress[];
  /** Takes the peers' streams; its `maxFrameBytes` must be at least `raftMaxFrameBytes`. */
  readonly listener: StreamListener;
  readonly ring: KeyRing;
  readonly drops: DropCounts;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  readonly rng?: Rng | undefined;
}

/** The longest frame that Raft sends. */
export const raftMaxFrameBytes = maxMessageBytes;

/** Links at one time; a stranger beyond them is not answered. */
const maxLinks = 64;

interface Connection {
  readonly address: VoterAddress;
  readonly link: PeerLink;
}

/**
 * Raft over TCP: each node keeps one connection open to each other, for what it sends. Who is no peer but has
 * connected here gets one as well, for as long as it stays: a learner must answer a leader that it does not know yet.
 */
export class TcpTransport implements RaftTransport {
  readonly #options: TcpTransportOptions;
  readonly #connections = new Map<NodeId, Connection>();
  /** How many streams each node has open to this one. */
  readonly #streams = new Map<NodeId, number>();
  #peers: readonly VoterAddress[];
  #onLost: (to: NodeId) => void = () => undefined;
  #started = false;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
    this.#peers = options.peers;
  }

  send(to: NodeId, message: ClusterMessage): boolean {
    return this.#connections.get(to)?.link.send(message) ?? false;
  }

  isConnected(to: NodeId): boolean {
    return this.#connections.get(to)?.link.connected ?? false;
  }

  setPeers(peers: readonly VoterAddress[]): void {
    const before = this.#peers;
    this.#peers = peers;
    if (!this.#started) return;
    for (const peer of peers) this.#connect(peer);
    // At once, though it may be connected here: two that each kept the other for a guest would never part.
    for (const { id } of before) if (!this.#isPeer(id)) this.#disconnect(id);
  }

  start(onMessage: MessageHandler, onLost: (to: NodeId) => void): void {
    this.#onLost = onLost;
    this.#started = true;
    this.#options.listener.handle('raft', (stream) => this.#accept(stream, onMessage));
    for (const peer of this.#peers) this.#connect(peer);
  }

  close(): void {
    this.#started = false;
    for (const { link } of this.#connections.values()) link.close();
  }

  #connect(address: VoterAddress): void {
    const { id, host, port } = address;
    const known = this.#connections.get(id);
    if (known?.address.host === host && known.address.port === port) return;
    known?.link.close();
    const link = this.#linkTo(address);
    this.#connections.set(id, { address, link });
    link.start();
  }

  #linkTo({ id: peer, host, port }: VoterAddress): PeerLink {
    const { id, advertise, peers, ring, drops, logger, clock = systemClock, rng = systemRng } = this.#options;
    const others = peers.filter((known) => known.id === peer && (known.host !== host || known.port !== port));
    const limits = { maxFrameBytes: maxMessageBytes, maxWaitingBytes: maxMessageBytes * 2 };
    return new PeerLink({
      clock,
      rng,
      dial: { ring, drops, ...limits },
      addresses: [{ host, port }, ...others.map((other) => ({ host: other.host, port: other.port }))],
      hello: { kind: 'hello', from: id, to: peer, host: advertise.host, port: advertise.port },
      onChange: (connected, error) => {
        if (connected) {
          logger.info({ peer }, 'connected to coordinator');
        } else {
          logger.debug({ peer, reason: error?.message }, 'not connected to coordinator');
          this.#onLost(peer);
        }
      },
    });
  }

  #accept(stream: SecureStream, onMessage: MessageHandler): StreamReader {
    let from: NodeId | null = null;
    const take = (message: ClusterMessage): void => {
      if (from === null) from = this.#greet(message, stream);
      else if (message.kind === 'hello') throw new WireError('malformed', 'hello comes once');
      else if (message.kind === 'raft' && message.message.from !== from) {
        throw new WireError('malformed', 'message in the name of another');
      } else onMessage(from, message);
    };
    return {
      onFrame: (payload) => {
        try {
          take(decodeClusterMessage(payload));
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
          this.#options.drops.add(error.reason);
          this.#options.logger.warn(
            { from, remote: stream.remoteHost, reason: error.message },
            'dropped a coordinator',
          );
          stream.destroy(error);
        }
      },
      onClose: () => {
        if (from !== null) this.#gone(from);
      },
    };
  }

  /** @throws WireError for who took this node for another, or has its name. */
  #greet(message: ClusterMessage, stream: SecureStream): NodeId {
    if (message.kind !== 'hello') throw new WireError('malformed', 'hello must come first');
    const { from, to, port } = message;
    if (to !== this.#options.id) {
      throw new WireError('malformed', `meant for ${to}, but this is ${this.#options.id}`);
    }
    if (from === to) throw new WireError('malformed', `another ${from} under the same id`);
    this.#streams.set(from, (this.#streams.get(from) ?? 0) + 1);
    const host = message.host === '' ? stream.remoteHost : message.host;
    if (!this.#isPeer(from) && port > 0 && this.#connections.size < maxLinks) {
      this.#connect({ id: from, host, port });
    }
    return from;
  }

  #gone(from: NodeId): void {
    const left = (this.#streams.get(from) ?? 1) - 1;
    if (left > 0) {
      this.#streams.set(from, left);
    } else {
      this.#streams.delete(from);
      if (!this.#isPeer(from)) this.#disconnect(from);
    }
  }

  #disconnect(id: NodeId): void {
    this.#connections.get(id)?.link.close();
    this.#connections.delete(id);
  }

  #isPeer(id: NodeId): boolean {
    return this.#peers.some((peer) => peer.id === id);
  }
}
