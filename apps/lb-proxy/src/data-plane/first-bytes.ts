import { parseProxyHeader } from '../proxy-protocol/parse-header.ts';
import type { ProxyHeader } from '../proxy-protocol/proxy-header.ts';
import type { ClientConnection } from '../relay/relay-engine.ts';
import { DEFAULT_ROUTE, type Route, type RoutePolicy } from '../routing/route-policy.ts';

/** What a client's first bytes told; each at most once, and nothing more after one that says it is over. */
export interface FirstBytesEvents {
  /** Says whether to go on: false when the client was refused. */
  header(header: ProxyHeader): boolean;
  /** The PROXY header is malformed, or not complete in time. Over. */
  headerMissing(): void;
  /** The TLS handshake did not end in time. Over. */
  handshakeMissing(): void;
  /** Where the client belongs; also when its bytes did not tell in time. Over. */
  routed(route: Route): void;
}

/**
 * Looks at the first bytes of a client: takes a PROXY header off, does the TLS handshake where TLS is terminated,
 * then reads where the client belongs off what follows, which stays as it is. Each has a deadline of its own.
 */
export class FirstBytes {
  readonly #client: ClientConnection;
  readonly #policy: RoutePolicy;
  readonly #events: FirstBytesEvents;
  /** 0: TLS is not terminated. */
  readonly #handshakeTimeoutMs: number;
  #headerBytes = 0;
  /** Of a client with which TLS is spoken; undefined before, and where it is not terminated. */
  #serverName: string | null | undefined;
  #isHandshaking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    client: ClientConnection,
    policy: RoutePolicy,
    events: FirstBytesEvents,
    handshakeTimeoutMs: number,
  ) {
    this.#handshakeTimeoutMs = handshakeTimeoutMs;
    this.#client = client;
    this.#policy = policy;
    this.#events = events;
  }

  /** Begins with the PROXY header, to be complete within `timeoutMs`. */
  readHeader(timeoutMs: number): void {
    this.#timer = setTimeout(() => this.#events.headerMissing(), timeoutMs);
    this.#client.takeHeader((bytes) => this.#takeHeader(bytes));
  }

  /** There is no PROXY header: begins with what comes after it. */
  readRoute(): void {
    if (this.#handshakeTimeoutMs > 0 && this.#serverName === undefined) {
      this.#secure();
      return;
    }
    if (!this.#policy.needsBytes(this.#serverName)) {
      this.#events.routed(this.#policy.fallback(this.#serverName));
      return;
    }
    this.#awaitRoute();
    this.#client.takeHeader((bytes) => this.#takeRoute(bytes));
  }

  /** The name it asked for in the handshake that was done here; null when there was none. */
  get serverName(): string | null {
    return this.#serverName ?? null;
  }

  get isHandshaking(): boolean {
    return this.#isHandshaking;
  }

  /** The client is gone or refused. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Asked again with all bytes whenever more have come, also when the header is known already. */
  #takeHeader(bytes: Uint8Array): number {
    if (this.#headerBytes === 0) {
      const parsed = parseProxyHeader(bytes);
      if (parsed.kind === 'more') return 0;
      this.stop();
      if (parsed.kind === 'malformed') {
        this.#events.headerMissing();
        return LEAVE_ALL;
      }
      this.#headerBytes = parsed.header.sizeBytes;
      if (!this.#events.header(parsed.header)) return LEAVE_ALL;
      if (this.#handshakeTimeoutMs > 0) {
        this.#secure();
        return this.#headerBytes;
      }
      if (!this.#policy.needsBytes(undefined)) {
        this.#events.routed(DEFAULT_ROUTE);
        return this.#headerBytes;
      }
      this.#awaitRoute();
    }
    return this.#takeRoute(bytes);
  }

  #secure(): void {
    this.#isHandshaking = true;
    this.#timer = setTimeout(() => this.#events.handshakeMissing(), this.#handshakeTimeoutMs);
    this.#client.secure((serverName) => {
      this.stop();
      this.#isHandshaking = false;
      this.#headerBytes = 0;
      this.#serverName = serverName;
      this.readRoute();
    });
  }

  #takeRoute(bytes: Uint8Array): number {
    const route = this.#policy.read(bytes.subarray(this.#headerBytes), this.#serverName);
    if (route === undefined) return 0;
    this.stop();
    this.#events.routed(route);
    return this.#headerBytes === 0 ? LEAVE_ALL : this.#headerBytes;
  }

  /** Clients that say nothing before the server does are no less welcome: they go where most go. */
  #awaitRoute(): void {
    this.#timer = setTimeout(() => {
      this.#client.endHeader(this.#headerBytes);
      this.#events.routed(this.#policy.fallback(this.#serverName));
    }, this.#policy.timeoutMs);
  }
}

/** What a taker returns that takes nothing off and needs to see no more. */
const LEAVE_ALL = -1;
