import type { Ending } from '../data-plane/outcomes.ts';
import type { FrozenConnection } from './frozen-connection.ts';

/** Where a backend listens: an IP address (names are resolved before) and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** All in ms; 0 turns a timeout off. */
export interface RelayTimeouts {
  readonly connectTimeoutMs: number;
  /** No byte in either direction for this long ends a relay. */
  readonly idleTimeoutMs: number;
  /** One side has finished sending and the other has not moved a byte for this long. */
  readonly halfClosedTimeoutMs: number;
}

/** What an engine needs to know. The timeouts are those of connections that are given no others by `limit`. */
export interface RelaySettings extends RelayTimeouts {
  /** Size of the one read buffer each direction of a connection has. */
  readonly bufferBytes: number;
  /** Idle time before the kernel's first keep-alive probe, both sides, ms; 0: none. */
  readonly keepAliveMs: number;
}

/** How to listen. */
export interface ListenSettings {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  /** Lets several threads listen on one port; the kernel spreads connections over them. */
  readonly reusePort: boolean;
  /** Listening sockets of an earlier process to accept on, instead of a new one. */
  readonly inherited: readonly number[];
}

/** Both ends of a client's connection. */
export interface ConnectionAddresses {
  readonly remote: Endpoint;
  readonly local: Endpoint;
}

/**
 * Looks at the first bytes of a client and says how many of them to take off: 0 when it needs more of them, less
 * than 0 when none are to be taken off. It is asked again with all of them when more have come, until it says either.
 */
export type HeaderTaker = (bytes: Uint8Array) => number;

/** What an engine tells of one client connection, in this order, each at most once unless said otherwise. */
export interface ConnectionEvents {
  /** The client went away while no backend was connected. Final. */
  gone(): void;
  /** A connect failed before any byte was relayed; `connect` may be called again. Any number of times. */
  connectFailed(code: string): void;
  connected(connectMs: number): void;
  /**
   * A backend's answer, measured from the client's bytes to the backend's next ones; the first one of a
   * connection includes the time to connect. At most about one a second.
   */
  responded(elapsedMs: number): void;
  /** Bytes moved since the last call. About once a second, and before `ended`. */
  transferred(bytesToBackend: number, bytesToClient: number): void;
  /** The relay is over and both sockets are closed. `unansweredMs` > 0: the last request got no answer. Final. */
  ended(ending: Ending, unansweredMs: number): void;
}

/** An accepted client, held until a backend is connected. At most one buffer is read from it meanwhile. */
export interface ClientConnection {
  readonly remoteAddress: string;
  /** Sets who is told. Call it before returning from `onConnection`. */
  attach(events: ConnectionEvents): void;
  /** Both ends; undefined when the client has gone already. */
  addresses(): ConnectionAddresses | undefined;
  /** From now on these timeouts hold for this connection; before `connect`, or right after it was adopted. */
  limit(timeouts: RelayTimeouts): void;
  /** Reads a header off the client's first bytes, before `connect`. What follows it stays for the backend. */
  takeHeader(take: HeaderTaker): void;
  /** Stops asking the taker, which is still waiting for more, and takes so many bytes off. */
  endHeader(sizeBytes: number): void;
  /**
   * Does the server's part of a TLS handshake, after a header was taken off and before `connect`. From then on bytes
   * are those inside. A client that fails it is `gone`.
   * @param onSecure told the name the client asked for, in lower case; null when it named none
   */
  secure(onSecure: (serverName: string | null) => void): void;
  /**
   * Tries one backend; `connected` or `connectFailed` follows, never from within the call.
   * @param greeting sent to the backend before the client's bytes; 2 KiB at most
   */
  connect(endpoint: Endpoint, greeting?: Uint8Array): void;
  /** Turns the client away with a reset. Nothing is told afterwards. */
  refuse(): void;
  /** Ends a relay at once; `ended` follows with this ending. */
  close(ending: Ending): void;
  /**
   * Holds a relay still, so that another process can go on with it; `thaw` or `leave` must follow. Only for
   * engines that can `adopt`. Returns undefined when there is no relay that could be moved.
   */
  freeze(): Omit<FrozenConnection, 'source'> | undefined;
  /** Goes on after `freeze`. */
  thaw(): void;
  /** Another process has the frozen connection: lets go of it without touching it. Nothing is told afterwards. */
  leave(): void;
}

/** What it takes to give a listener to another process. */
export interface MovableListener {
  readonly descriptors: readonly number[];
  /** Clients wait with the kernel until `resume`. */
  pause(): void;
  resume(): void;
}

export interface RelayListener {
  readonly port: number;
  /** Undefined when this engine's listeners cannot move. */
  readonly movable?: MovableListener;
  /** Accepts no more; connections that exist go on. */
  close(): void;
}

/**
 * Moves bytes between clients and backends. Implementations promise: bytes arrive complete and in order; a
 * finished direction is finished on the other side; a reset is a reset on the other side; no more than
 * `bufferBytes` a direction is held in this process; every socket is closed in the end.
 */
export interface RelayEngine {
  readonly name: 'portable' | 'linux' | 'uring';
  /** @throws the system's error when the address cannot be listened on */
  listen(
    settings: ListenSettings,
    onConnection: (client: ClientConnection) => void,
    onAcceptFailed: (error: Error) => void,
  ): Promise<RelayListener>;
  /** Goes on with a connection of another process; absent when this engine cannot. Attach at once. */
  adopt?(frozen: FrozenConnection): ClientConnection;
  /** Stops the engine's timers; connections must have ended. */
  stop(): void;
}
