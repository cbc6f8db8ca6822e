import type { NodeId, VoterAddress } from '../raft-types.ts';
import type { ClusterMessage } from './cluster-message.ts';

/** Takes what peers send. Never throws. */
export type MessageHandler = (from: NodeId, message: ClusterMessage) => void;

/**
 * Carries messages between voters: each arrives once, late, more than once or never. Senders are who they say they
 * are as far as the cluster's key goes.
 */
export interface RaftTransport {
  /** @returns false when the message was dropped at once, as there is no connection or too much waits on it. */
  send(to: NodeId, message: ClusterMessage): boolean;
  isConnected(to: NodeId): boolean;
  /** Who is sent to from now on, this node left out. Others can be answered as long as they stay connected. */
  setPeers(peers: readonly VoterAddress[]): void;
  /** Starts delivering. Called once. `onLost` tells of a connection that broke. */
  start(onMessage: MessageHandler, onLost: (to: NodeId) => void): void;
  close(): void;
}
