import { proxiedOf } from '../proxy-protocol/proxy-policy.ts';
import type { ProxyHeader } from '../proxy-protocol/proxy-header.ts';
import { NO_BACKEND } from '@hanok/strategies';
import type { ClientConnection, ConnectionEvents } from '../relay/relay-engine.ts';
import { LOCAL_FAILURES, type Adopted, type FrozenSession } from './messages.ts';
import { DEFAULT_ROUTE, type Route } from '../routing/route-policy.ts';
import { rulesOf, type PoolRules } from './pool-rules.ts';
import { ConnectionRecorder } from './connection-trace.ts';
import { FirstBytes, type FirstBytesEvents } from './first-bytes.ts';
import type { Ending, Refusal } from './outcomes.ts';
import { hashSource } from './source-address.ts';
import type { Waiting } from './waiting-queue.ts';
import type { LiveConnection } from './live-connection.ts';
import type { WorkerContext } from './worker-context.ts';

/**
 * One client from accept to close: finds it a backend, tries another when a connect fails, lets it wait when
 * there is none, and keeps every count exact. Knows nothing of sockets.
 */
export class Session implements ConnectionEvents, FirstBytesEvents, Waiting {
  readonly #client: ClientConnection;
  readonly #context: WorkerContext;
  #source: string;
  #sourceHash = 0;
  /** What a proxy before this one said of the client. */
  #proxied: Pick<ProxyHeader, 'addresses' | 'tlvs'> | undefined;
  readonly #firstBytes: FirstBytes;
  #route: Route = DEFAULT_ROUTE;
  #rules: PoolRules;
  readonly #tried: number[] = [];
  #slot = NO_BACKEND;
  #attempts = 0;
  #triedInGeneration = 0;
  #relaying = false;
  readonly #recorder: ConnectionRecorder | undefined;
  readonly serial: number;
  #openedAtMs = Date.now();
  #bytesToBackend = 0;
  #bytesToClient = 0;

  /** @param serial higher than that of every session before it */
  constructor(client: ClientConnection, context: WorkerContext, serial: number) {
    this.serial = serial;
    this.#client = client;
    this.#context = context;
    this.#source = client.remoteAddress;
    this.#recorder = context.traces ? new ConnectionRecorder() : undefined;
    this.#rules = rulesOf(context.pools, DEFAULT_ROUTE.pool);
    this.#firstBytes = new FirstBytes(
      client,
      context.routePolicy,
      this,
      context.tls?.handshakeTimeoutMs ?? 0,
    );
    client.attach(this);
  }

  /** The slot of the backend this client is with, or NO_BACKEND. */
  get slot(): number {
    return this.#slot;
  }

  /** Begins, with the header of a proxy before this one if there must be one; the client has been counted in. */
  begin(): void {
    const { proxyPolicy } = this.#context;
    if (proxyPolicy.expectsHeader(this.#client.remoteAddress)) {
      this.#firstBytes.readHeader(proxyPolicy.headerTimeoutMs);
    } else if (this.#enterSource()) this.#firstBytes.readRoute();
  }

  header({ addresses, tlvs }: ProxyHeader): boolean {
    if (addresses !== null) {
      this.#proxied = { addresses, tlvs };
      this.#source = addresses.source;
    }
    return this.#enterSource();
  }

  headerMissing(): void {
    this.refuse('proxy-header');
  }

  handshakeMissing(): void {
    this.refuse('tls-handshake');
  }

  routed(route: Route): void {
    this.#route = route;
    this.#goBy(route.pool);
    if (!this.tryPlace()) this.#wait();
  }

  /** Goes on with a relay that another process began; it may be to a backend that is not known here. */
  adopt({ slot, version, openedAtMs, bytesToBackend, bytesToClient }: Adopted): void {
    const { placement } = this.#context;
    this.#relaying = true;
    this.#openedAtMs = openedAtMs;
    this.#bytesToBackend = bytesToBackend;
    this.#bytesToClient = bytesToClient;
    const isKnown = placement.adopt(slot, version);
    this.#goBy((isKnown ? placement.poolOf(slot) : undefined) ?? DEFAULT_ROUTE.pool);
    if (!isKnown) return;
    this.#slot = slot;
    this.#context.addForBackend(slot, 'total', 1);
  }

  /** Holds the relay still for another process; undefined when there is none to be moved. */
  freeze(): FrozenSession | undefined {
    if (!this.#relaying) return undefined;
    const frozen = this.#client.freeze();
    if (frozen === undefined) return undefined;
    return {
      slot: this.#slot,
      openedAtMs: this.#openedAtMs,
      bytesToBackend: this.#bytesToBackend,
      bytesToClient: this.#bytesToClient,
      frozen: { ...frozen, source: this.#source },
    };
  }

  /** After `freeze`: it was moved, or goes on here. */
  settle(moved: boolean): void {
    if (!moved) {
      this.#client.thaw();
      return;
    }
    this.#client.leave();
    this.#leave();
  }

  get queueTimeoutMs(): number {
    return this.#rules.queueTimeoutMs;
  }

  get hasLeftOut(): boolean {
    return this.#tried.length > 0 || this.#context.placement.hasPools;
  }

  tryPlace(): boolean {
    const { placement, state } = this.#context;
    if (this.#triedInGeneration !== state.table.generation) {
      // The table has changed since the failures: whoever is eligible now deserves another try.
      this.#tried.length = 0;
      this.#triedInGeneration = state.table.generation;
    }
    const slot = placement.place(this.#source, this.#sourceHash, this.#tried, this.#route);
    const endpoint = slot === NO_BACKEND ? undefined : placement.endpointOf(slot);
    if (endpoint === undefined) return false;
    this.#slot = slot;
    if (this.#attempts > 0) this.#context.count('retried');
    this.#attempts += 1;
    this.#recorder?.note('backend-chosen', { slot });
    this.#client.connect(endpoint, this.#greeting());
    return true;
  }

  /** Turns the client away; it is not waiting any more. */
  refuse(reason: Refusal): void {
    this.#firstBytes.stop();
    this.#context.count(`refused:${reason}`);
    this.#recorder?.note('refused', { reason });
    this.#client.refuse();
    this.#leave();
  }

  /** Ends the relay, if there is one. */
  close(ending: Ending): void {
    if (this.#relaying) this.#client.close(ending);
  }

  /** Ends it however far it has come: the worker stops. */
  abort(): void {
    if (this.#relaying) this.#client.close('shutting-down');
    else this.refuse('shutting-down');
  }

  gone(): void {
    this.#firstBytes.stop();
    this.#context.queue.remove(this);
    this.#context.count(this.#firstBytes.isHandshaking ? 'refused:tls-handshake' : 'client-gone');
    this.#leave();
  }

  /** Ends it however far it has come, because somebody asked for that. */
  closeByAdmin(): void {
    if (this.#relaying) {
      this.#client.close('closed-by-admin');
      return;
    }
    this.#context.queue.remove(this);
    this.refuse('closed-by-admin');
  }

  describe(): LiveConnection {
    return {
      serial: this.serial,
      source: this.#source,
      slot: this.#slot,
      state: this.#relaying ? 'relaying' : this.#slot === NO_BACKEND ? 'waiting' : 'connecting',
      openedAtMs: this.#openedAtMs,
      bytesToBackend: this.#bytesToBackend,
      bytesToClient: this.#bytesToClient,
    };
  }

  connectFailed(code: string): void {
    const context = this.#context;
    const slot = this.#slot;
    this.#releaseSlot();
    this.#tried.push(slot);
    this.#recorder?.note('connect-failed', { slot, reason: code });
    if (LOCAL_FAILURES.has(code)) {
      this.refuse('local-resources');
      return;
    }
    context.addForBackend(slot, 'failed', 1);
    context.failures.failed(slot, code);
    if (this.#attempts > this.#rules.connectRetries) {
      this.refuse('connect-failed');
      return;
    }
    if (!this.tryPlace()) this.#wait();
  }

  connected(): void {
    this.#relaying = true;
    this.#recorder?.note('connected', { slot: this.#slot });
    this.#context.failures.succeeded(this.#slot);
    this.#context.addForBackend(this.#slot, 'total', 1);
  }

  responded(elapsedMs: number): void {
    if (this.#slot === NO_BACKEND) return;
    this.#context.observeResponse(this.#slot, elapsedMs);
  }

  transferred(bytesToBackend: number, bytesToClient: number): void {
    this.#bytesToBackend += bytesToBackend;
    this.#bytesToClient += bytesToClient;
    if (this.#slot === NO_BACKEND) return;
    this.#context.addForBackend(this.#slot, 'bytesToBackend', bytesToBackend);
    this.#context.addForBackend(this.#slot, 'bytesToClient', bytesToClient);
  }

  ended(ending: Ending, unansweredMs: number): void {
    const { table } = this.#context.state;
    // No answer is worse than a late one, but how late it would have been is known only to be more than this.
    const isKnown = this.#slot !== NO_BACKEND;
    if (isKnown && unansweredMs > table.latencyMs(this.#slot)) this.responded(unansweredMs);
    this.#context.count(`ended:${ending}`);
    this.#recorder?.note('ended', { reason: ending });
    this.#leave();
  }

  /** What holds for the clients of this pool holds for this one. */
  #goBy(pool: string): void {
    this.#rules = rulesOf(this.#context.pools, pool);
    this.#client.limit(this.#rules.timeouts);
  }

  /** Counts the client for its address; false when it was refused. */
  #enterSource(): boolean {
    this.#sourceHash = hashSource(this.#source);
    const refusal = this.#context.enterSource(this, this.#source);
    if (refusal !== undefined) this.refuse(refusal);
    return refusal === undefined;
  }

  #greeting(): Uint8Array | undefined {
    const { proxyPolicy } = this.#context;
    if (!proxyPolicy.greets) return undefined;
    const actual = this.#client.addresses();
    const addresses = this.#proxied?.addresses ?? (actual === undefined ? null : proxiedOf(actual));
    return proxyPolicy.greeting(addresses, this.#proxied?.tlvs, this.#firstBytes.serverName);
  }

  #wait(): void {
    if (this.#context.draining) this.refuse('shutting-down');
    else if (!this.#context.queue.add(this)) {
      this.refuse(this.#attempts > 0 ? 'connect-failed' : 'queue-full');
    } else {
      this.#recorder?.note('waiting');
      this.#context.count('queued');
    }
  }

  #releaseSlot(): void {
    if (this.#slot === NO_BACKEND) return;
    this.#context.placement.release(this.#slot);
    this.#slot = NO_BACKEND;
  }

  #leave(): void {
    this.#releaseSlot();
    const trace = this.#recorder?.finish({
      source: this.#source,
      startedAtMs: this.#openedAtMs,
      bytesToBackend: this.#bytesToBackend,
      bytesToClient: this.#bytesToClient,
    });
    this.#context.left(this, trace);
  }
}
