import type { FrozenLeg } from './frozen-connection.ts';
import type { ConnectionAddresses, Endpoint, HeaderTaker, RelaySettings } from './relay-engine.ts';

/** What a leg tells its connection. */
export interface LegEvents<L> {
  /** Bytes came in; they are valid until this returns. Returns false to stop reading until `flushTo`. */
  received(leg: L, sizeBytes: number): boolean;
  /** The remote side has finished sending. */
  finished(leg: L): void;
  failed(leg: L, code: string): void;
  /** The socket is closed: exactly once for each one that was not abandoned. */
  closed(): void;
}

/**
 * One side of a relayed connection, client or backend: a socket and what was read from it but not yet sent on.
 * Events never come from within a call.
 */
export interface RelayLeg<L> {
  /** How many bytes were read and kept. */
  readonly heldBytes: number;
  /** The remote side has finished sending, and all it sent was received. */
  readonly readEnded: boolean;
  /** Both ends of the connection; undefined when it is broken. */
  addresses(): ConnectionAddresses | undefined;
  /** Has a header taken off the first bytes of an accepted client; the rest is kept until `flushTo`. */
  takeHeader(take: HeaderTaker): void;
  /** Waits no longer for the taker's decision: `sizeBytes` of what it has seen are taken off, the rest is kept. */
  endHeader(sizeBytes: number): void;
  /** Does a TLS handshake with an accepted client; bytes are those inside from then on. */
  secure(onSecure: (serverName: string | null) => void): void;
  /** Sends the first bytes to a backend that was just connected to. */
  greet(greeting: Uint8Array): void;
  /** Begins to connect to a backend; `onConnected` once it is, `failed` if it cannot. */
  dial(endpoint: Endpoint, settings: RelaySettings, onConnected: () => void): void;
  /** Keeps the bytes just received until `flushTo`; reading stops. */
  hold(sizeBytes: number): void;
  /** Sends what this leg holds to `target` and goes on reading. */
  flushTo(target: L): void;
  /** Writes the bytes just received to `target`; false when reading must stop until they are gone. */
  sendTo(target: L, sizeBytes: number): boolean;
  /** Sends what is pending, then finishes this direction; the other one stays open. */
  finish(): void;
  /**
   * Closes because the other side is gone. What that side had finished sending is still delivered; where it
   * had not, the remote side sees a reset and so knows that bytes are missing.
   */
  close(): void;
  /** Closes at once, with a reset where that is possible. */
  reset(): void;
  /**
   * Forgets the socket of a failed connect, so that another can be dialled, or a frozen one that another process has
   * now; no event follows.
   */
  abandon(): void;
  /** Neither reads nor writes until `thaw`; null when its socket is closed already, or of a kind that cannot move. */
  freeze(): FrozenLeg | null;
  thaw(): void;
  /** Goes on where another process froze; `other` is where the pending bytes came from. */
  adopt(frozen: FrozenLeg, other: L): void;
  /** Gives back what the leg borrowed; it is not used again. */
  release(): void;
}
