import { systemClock, systemRng } from '@hanok/service-kit';
import type { Clock, Logger, Rng } from '@hanok/service-kit';
import type { DropCounts } from '../../wire/drop-counts.ts';
import type { KeyRing } from '../../wire/key-ring.ts';
import type { SecureStream } from '../../wire/secure-stream.ts';
import type { StreamListener, StreamReader } from '../../wire/stream-listener.ts';
import { WireError } from '../../wire/wire-error.ts';
import type { NodeId } from '../raft-types.ts';
import { decodeClusterMessage, maxMessageBytes } from './cluster-message.ts';
import type { ClusterMessage } from './cluster-message.ts';
import { PeerLink } from './peer-link.ts';
import type { MessageHandler, RaftTransport } from './raft-transport.ts';

/** Where a voter listens. */
export interface VoterAddress {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
}

export interface TcpTransportOptions {
  readonly id: NodeId;
  /** The other voters. */
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

/** Raft over TCP: each voter keeps one connection open to each other, for what it sends. */
export class TcpTransport implements RaftTransport {
  readonly #options: TcpTransportOptions;
  readonly #links = new Map<NodeId, PeerLink>();
  #onLost: (to: NodeId) => void = () => undefined;

  constructor(options: TcpTransportOptions) {
    this.#options = options;
    const { id, peers, ring, drops, logger, clock = systemClock, rng = systemRng } = options;
    for (const peer of peers) {
      const link = new PeerLink({
        clock,
        rng,
        dial: {
          host: peer.host,
          port: peer.port,
          ring,
          drops,
          maxFrameBytes: maxMessageBytes,
          maxWaitingBytes: maxMessageBytes * 2,
        },
        hello: { kind: 'hello', from: id, to: peer.id },
        onChange: (connected, error) => {
          if (connected) {
            logger.info({ peer: peer.id }, 'connected to voter');
          } else {
            logger.debug({ peer: peer.id, reason: error?.message }, 'not connected to voter');
            this.#onLost(peer.id);
          }
        },
      });
      this.#links.set(peer.id, link);
    }
  }

  send(to: NodeId, message: ClusterMessage): boolean {
    return this.#links.get(to)?.send(message) ?? false;
  }

  isConnected(to: NodeId): boolean {
    return this.#links.get(to)?.connected ?? false;
  }

  start(onMessage: MessageHandler, onLost: (to: NodeId) => void): void {
    this.#onLost = onLost;
    this.#options.listener.handle('raft', (stream) => this.#accept(stream, onMessage));
    for (const link of this.#links.values()) link.start();
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  #accept(stream: SecureStream, onMessage: MessageHandler): StreamReader {
    let from: NodeId | null = null;
    const take = (message: ClusterMessage): void => {
      if (from === null) from = this.#greet(message);
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
            'dropped a voter',
          );
          stream.destroy(error);
        }
      },
      onClose: () => undefined,
    };
  }

  /** @throws WireError for a stranger, or for a peer that took this node for another. */
  #greet(message: ClusterMessage): NodeId {
    if (message.kind !== 'hello') throw new WireError('malformed', 'hello must come first');
    if (message.to !== this.#options.id) {
      throw new WireError('malformed', `meant for ${message.to}, but this is ${this.#options.id}`);
    }
    if (!this.#links.has(message.from))
      throw new WireError('malformed', `${message.from} is not on the voter list`);
    return message.from;
  }
}
