import type { Ending } from '../data-plane/outcomes.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { FrozenConnection } from './frozen-connection.ts';
import type { LegEvents, RelayLeg } from './relay-leg.ts';
import type {
  ClientConnection,
  ConnectionAddresses,
  ConnectionEvents,
  Endpoint,
  HeaderTaker,
  RelaySettings,
  RelayTimeouts,
} from './relay-engine.ts';

/** What connections of one engine share. */
export interface ConnectionHost<L extends RelayLeg<L>> {
  readonly settings: RelaySettings;
  readonly connections: ConnectionTable<L>;
  createLeg(events: LegEvents<L>): L;
}

type State = 'holding' | 'connecting' | 'relaying' | 'frozen' | 'over';

const MIN_SAMPLE_GAP_MS = 1_000;

/** A client and, once connected, its backend; relays between the two. */
export class RelayConnection<L extends RelayLeg<L>> implements ClientConnection, LegEvents<L> {
  readonly remoteAddress: string;
  readonly #host: ConnectionHost<L>;
  readonly #client: L;
  #timeouts: RelayTimeouts;
  #backend: L | undefined;
  #events: ConnectionEvents | undefined;
  #state: State = 'holding';
  #openLegs = 1;
  #ending: Ending = 'finished';
  #connectTimer: NodeJS.Timeout | undefined;
  #connectMs = 0;
  #greeting: Uint8Array | undefined;
  #activeAtMs: number;
  #halfClosed = false;
  #bytesToBackend = 0;
  #bytesToClient = 0;
  /** When the request began whose answer is awaited; 0 when none is. */
  #askedAtMs = 0;
  #clientSpoke = false;
  #sampledAtMs = -Infinity;

  /** The client's leg begins to read, or to hold back, at once: `accept` gives it its socket. */
  constructor(remoteAddress: string, host: ConnectionHost<L>, accept: (client: L) => void) {
    this.remoteAddress = remoteAddress;
    this.#host = host;
    this.#timeouts = host.settings;
    this.#activeAtMs = host.connections.sweptAtMs;
    this.#client = host.createLeg(this);
    accept(this.#client);
    host.connections.add(this);
  }

  attach(events: ConnectionEvents): void {
    this.#events = events;
  }

  addresses(): ConnectionAddresses | undefined {
    return this.#client.addresses();
  }

  limit(timeouts: RelayTimeouts): void {
    this.#timeouts = timeouts;
  }

  takeHeader(take: HeaderTaker): void {
    this.#client.takeHeader(take);
  }

  endHeader(sizeBytes: number): void {
    this.#client.endHeader(sizeBytes);
  }

  secure(onSecure: (serverName: string | null) => void): void {
    this.#client.secure((serverName) => {
      if (this.#state === 'holding') onSecure(serverName);
    });
  }

  connect(endpoint: Endpoint, greeting?: Uint8Array): void {
    const { settings } = this.#host;
    this.#backend ??= this.#host.createLeg(this);
    this.#state = 'connecting';
    this.#greeting = greeting;
    const startedMs = performance.now();
    const { connectTimeoutMs } = this.#timeouts;
    if (connectTimeoutMs > 0) {
      this.#connectTimer = setTimeout(() => this.#connectFailed('ETIMEDOUT'), connectTimeoutMs);
    }
    this.#backend.dial(endpoint, settings, () => this.#connected(performance.now() - startedMs));
  }

  refuse(): void {
    this.#stopConnecting();
    this.#state = 'over';
    this.#client.reset();
  }

  close(ending: Ending): void {
    if (this.#state === 'relaying') this.#end(ending);
  }

  freeze(): Omit<FrozenConnection, 'source'> | undefined {
    const backend = this.#backend;
    if (this.#state !== 'relaying' || backend === undefined) return undefined;
    this.#passCounts();
    this.#state = 'frozen';
    const legs = { client: this.#client.freeze(), backend: backend.freeze() };
    if ((legs.client === null ? 0 : 1) + (legs.backend === null ? 0 : 1) !== this.#openLegs) {
      // A side has just been closed, and the event that tells it is on its way.
      this.thaw();
      return undefined;
    }
    return {
      ...legs,
      ending: this.#ending,
      halfClosed: this.#halfClosed,
      idleMs: Math.max(0, performance.now() - this.#activeAtMs),
      connectMs: this.#connectMs,
      askedMs: this.#askedAtMs > 0 ? performance.now() - this.#askedAtMs : 0,
      clientSpoke: this.#clientSpoke,
    };
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'relaying';
    this.#client.thaw();
    this.#backend?.thaw();
  }

  leave(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'over';
    for (const leg of [this.#client, this.#backend]) {
      leg?.abandon();
      leg?.release();
    }
    this.#host.connections.forget(this);
  }

  /** Goes on with a relay of another process; called once, instead of `connect`. */
  adopt(frozen: FrozenConnection): void {
    const backend = this.#host.createLeg(this);
    this.#backend = backend;
    this.#state = 'relaying';
    this.#openLegs = (frozen.client === null ? 0 : 1) + (frozen.backend === null ? 0 : 1);
    this.#ending = frozen.ending;
    this.#halfClosed = frozen.halfClosed;
    this.#activeAtMs = performance.now() - frozen.idleMs;
    this.#connectMs = frozen.connectMs;
    this.#askedAtMs = frozen.askedMs > 0 ? performance.now() - frozen.askedMs : 0;
    this.#clientSpoke = frozen.clientSpoke;
    if (frozen.client !== null) this.#client.adopt(frozen.client, backend);
    if (frozen.backend !== null) backend.adopt(frozen.backend, this.#client);
  }

  /** Called about once a second: enforces the timeouts and passes the byte counts on. */
  sweep(nowMs: number): void {
    if (this.#state !== 'relaying') return;
    this.#passCounts();
    const { idleTimeoutMs, halfClosedTimeoutMs } = this.#timeouts;
    const idleMs = nowMs - this.#activeAtMs;
    if (this.#halfClosed && halfClosedTimeoutMs > 0 && idleMs >= halfClosedTimeoutMs) {
      this.#end('half-closed-timeout');
    } else if (idleTimeoutMs > 0 && idleMs >= idleTimeoutMs) {
      this.#end('idle-timeout');
    }
  }

  received(leg: L, sizeBytes: number): boolean {
    const backend = this.#backend;
    if (this.#state !== 'relaying' || backend === undefined) {
      leg.hold(sizeBytes);
      return false;
    }
    this.#activeAtMs = this.#host.connections.sweptAtMs;
    if (leg === this.#client) {
      this.#bytesToBackend += sizeBytes;
      this.#noteRequest();
      return leg.sendTo(backend, sizeBytes);
    }
    this.#bytesToClient += sizeBytes;
    if (this.#askedAtMs > 0) this.#noteAnswer();
    return leg.sendTo(this.#client, sizeBytes);
  }

  finished(leg: L): void {
    if (this.#state !== 'relaying') return;
    this.#halfClosed = true;
    this.#activeAtMs = this.#host.connections.sweptAtMs;
    if (leg === this.#client) this.#backend?.finish();
    else this.#client.finish();
  }

  failed(leg: L, code: string): void {
    if (this.#state === 'relaying') {
      const byClient = leg === this.#client;
      if (this.#ending === 'finished') this.#ending = byClient ? 'client-reset' : 'backend-reset';
      if (byClient) this.#backend?.close();
      else this.#client.close();
    } else if (leg === this.#backend && this.#state === 'connecting') {
      this.#connectFailed(code);
    } else if (leg === this.#client && this.#state !== 'over') {
      this.#clientGone();
    }
  }

  closed(): void {
    this.#openLegs -= 1;
    if (this.#openLegs > 0) return;
    if (this.#state === 'holding' || this.#state === 'connecting') {
      this.#clientGone();
    } else if (this.#state === 'relaying') {
      this.#state = 'over';
      this.#passCounts();
      const waits = this.#clientSpoke && this.#askedAtMs > 0;
      this.#events?.ended(this.#ending, waits ? performance.now() - this.#askedAtMs : 0);
    }
    this.#client.release();
    this.#backend?.release();
    this.#host.connections.forget(this);
  }

  #connected(connectMs: number): void {
    const backend = this.#backend;
    if (this.#state !== 'connecting' || backend === undefined) return;
    clearTimeout(this.#connectTimer);
    this.#state = 'relaying';
    this.#openLegs = 2;
    this.#connectMs = connectMs;
    this.#activeAtMs = this.#host.connections.sweptAtMs;
    this.#askedAtMs = performance.now();
    this.#clientSpoke = this.#client.heldBytes > 0;
    this.#events?.connected(connectMs);
    if (this.#greeting !== undefined) backend.greet(this.#greeting);
    this.#bytesToBackend += this.#client.heldBytes;
    this.#client.flushTo(backend);
    if (this.#client.readEnded) this.finished(this.#client);
  }

  #connectFailed(code: string): void {
    this.#stopConnecting();
    this.#state = 'holding';
    this.#events?.connectFailed(code);
  }

  #clientGone(): void {
    this.#stopConnecting();
    this.#state = 'over';
    this.#events?.gone();
  }

  #stopConnecting(): void {
    clearTimeout(this.#connectTimer);
    if (this.#state === 'connecting') this.#backend?.abandon();
  }

  #end(ending: Ending): void {
    if (this.#ending === 'finished') this.#ending = ending;
    this.#client.reset();
    this.#backend?.reset();
  }

  #noteRequest(): void {
    if (this.#clientSpoke && this.#askedAtMs > 0) return;
    if (this.#clientSpoke && this.#host.connections.sweptAtMs - this.#sampledAtMs < MIN_SAMPLE_GAP_MS) return;
    this.#clientSpoke = true;
    this.#askedAtMs = performance.now();
  }

  #noteAnswer(): void {
    const elapsedMs = performance.now() - this.#askedAtMs + this.#connectMs;
    this.#connectMs = 0;
    this.#askedAtMs = 0;
    this.#sampledAtMs = this.#host.connections.sweptAtMs;
    this.#clientSpoke = true;
    this.#events?.responded(elapsedMs);
  }

  #passCounts(): void {
    if (this.#bytesToBackend === 0 && this.#bytesToClient === 0) return;
    this.#events?.transferred(this.#bytesToBackend, this.#bytesToClient);
    this.#bytesToBackend = 0;
    this.#bytesToClient = 0;
  }
}
