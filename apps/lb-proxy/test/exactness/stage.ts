import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, TLSSocket, type SecureContext } from 'node:tls';
import { eventually } from '@hanok/testkit';
import { encodeProxyHeader } from '../../src/proxy-protocol/encode-header.ts';
import { parseProxyHeader } from '../../src/proxy-protocol/parse-header.ts';
import { startServer, type TestServer } from '../fixtures/tcp.ts';
import { startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';
import { Actor, faultsOf, type Outcome } from './actor.ts';
import type { Script, SessionScript } from './script.ts';
import type { Variant } from './variants.ts';

const claimed = {
  source: '203.0.113.7',
  destination: '198.51.100.1',
  sourcePort: 4_242,
  destinationPort: 8_080,
};

const NOBODY: Outcome = {
  sentBytes: 0,
  finished: false,
  hasReset: false,
  receivedBytes: 0,
  wrongAt: undefined,
  sawEnd: false,
  error: undefined,
};

type Streams = ConstructorParameters<typeof Actor>[3];

/** The session that plays now; one at a time. */
interface Current {
  readonly script: Script;
  readonly streams: Streams;
  /** What came of each of its connections to a backend. */
  readonly visits: Promise<Outcome>[];
  client: Actor | undefined;
  actor: Actor | undefined;
}

/** A proxy of one variant between two backends and one client. */
export class Stage implements AsyncDisposable {
  readonly proxy: TestProxy;
  readonly #variant: Variant;
  readonly #context: SecureContext;
  readonly #backends: TestServer[] = [];
  #current: Current | undefined;
  #isSettling = false;

  private constructor(variant: Variant, context: SecureContext, proxy: TestProxy) {
    this.#variant = variant;
    this.#context = context;
    this.proxy = proxy;
  }

  static async open(variant: Variant, context: SecureContext): Promise<Stage> {
    // Checked once only: a health check is a connection, too, and would take part in the sessions.
    const proxy = await startTestProxy({
      config: {
        checkIntervalMs: 3_600_000,
        ejectAfterFailures: 0,
        queueTimeoutMs: 100,
        relayBufferBytes: 4_096,
        relay: variant.relay,
        workers: 1,
        ...variant.config,
      },
    });
    const stage = new Stage(variant, context, proxy);
    const pool = variant.tls === 'passed' ? { pool: 'rooms' } : {};
    for (const id of ['one', 'two']) {
      const backend = await startServer((socket) => stage.#arrived(socket));
      stage.#backends.push(backend);
      await proxy.addBackend(id, backend.port, pool);
    }
    return stage;
  }

  /** Plays a session and returns what was wrong with it. */
  async play(session: SessionScript): Promise<string[]> {
    const [toBackend, toClient] = [session.stream, session.stream + 1];
    const current: Current = {
      script: session.backend,
      streams: { out: toClient, in: toBackend },
      visits: [],
      client: undefined,
      actor: undefined,
    };
    this.#current = current;
    const { state } = this.proxy.balancer;
    const acceptedBefore = state.total('accepted');
    const carrier = connect({ port: this.proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    carrier.on('error', () => undefined);
    const streams = { out: toBackend, in: toClient };
    const isPlain = this.#variant.tls === undefined;
    const plain = isPlain ? new Actor(carrier, carrier, session.client, streams) : undefined;
    await this.#writeHeader(carrier, session);
    const actor = plain ?? (await this.#speakTls(carrier, session, streams));
    current.client = actor;
    const client = await actor.play();
    if (client.hasReset || current.visits.length === 0) {
      // One that was reset in time is never accepted.
      await eventually(() => state.total('accepted') > acceptedBefore, { timeoutMs: 200 }).catch(
        () => undefined,
      );
      await this.#settle();
      // A server of Node's TLS may lose a reset, and would wait for more.
      if (this.#variant.tls === 'passed') current.actor?.giveUp();
    }
    const visits = await Promise.all(current.visits);
    // Whoever resets at once may never get as far as a backend.
    const backend = visits.pop() ?? NOBODY;
    if (backend === NOBODY && !client.hasReset) return [`no backend saw it: ${JSON.stringify(client)}`];
    const faults = faultsOf(client, backend, this.#variant.tls);
    // A backend that resets before the proxy knows it is connected is a failed connect: another one is tried.
    for (const visit of visits) {
      if (!visit.hasReset || visit.receivedBytes > 0) faults.push(`two backends: ${JSON.stringify(visits)}`);
    }
    return faults;
  }

  /** What the sides have done so far, for the message when they do not come to an end. */
  describe(): string {
    const { client, actor, visits } = this.#current ?? {};
    return JSON.stringify({ client: client?.outcome(), backend: actor?.outcome(), visits: visits?.length });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await Promise.all(this.#backends.map((backend) => backend[Symbol.asyncDispose]()));
  }

  async #writeHeader(carrier: Socket, { cuts, stream }: SessionScript): Promise<void> {
    if (this.#variant.fromProxy !== true) return;
    // A socket that is reset while it connects has sent nothing, not even the reset.
    await once(carrier, 'connect');
    const header = encodeProxyHeader(stream % 4 === 0 ? 1 : 2, claimed);
    const places = [...cuts.map((share) => Math.round(share * header.length)), header.length];
    let from = 0;
    for (const to of places.toSorted((a, b) => a - b)) {
      carrier.write(header.subarray(from, to));
      from = to;
      await sleep(2);
    }
  }

  async #speakTls(carrier: Socket, { client, stream }: SessionScript, streams: Streams): Promise<Actor> {
    const version = stream % 8 === 0 ? 'TLSv1.2' : 'TLSv1.3';
    const socket = connectTls({
      socket: carrier,
      rejectUnauthorized: false,
      servername: 'a.rooms.test',
      minVersion: version,
      maxVersion: version,
    });
    const actor = new Actor(socket, carrier, client, streams);
    await handshake(socket, 'secureConnect');
    return actor;
  }

  /** A connection at a backend: of the session that plays now, since the last one has settled. */
  #arrived(carrier: Socket): void {
    const current = this.#current;
    if (this.#isSettling || current === undefined) return;
    current.visits.push(this.#begin(carrier, current));
  }

  async #begin(carrier: Socket, current: Current): Promise<Outcome> {
    const { proxyProtocolTo = 'off' } = this.#variant.config;
    if (proxyProtocolTo !== 'off' && !(await takeHeader(carrier))) return NOBODY;
    const { tls } = this.#variant;
    const socket =
      tls === 'passed' ? new TLSSocket(carrier, { isServer: true, secureContext: this.#context }) : carrier;
    current.actor = new Actor(socket, carrier, current.script, current.streams);
    // Taking the header off has paused it.
    socket.resume();
    if (socket !== carrier) await handshake(socket, 'secure');
    return current.actor.play();
  }

  /**
   * Waits until a connection that is still on its way to a backend has arrived there: they come in turn, so one that
   * begins now comes after it.
   */
  async #settle(): Promise<void> {
    await this.proxy.idle();
    this.#isSettling = true;
    const before = this.#backends.map(({ sockets }) => sockets.length);
    for (const [index, backend] of this.#backends.entries()) {
      const seen = before[index] ?? 0;
      const probe = connect({ port: backend.port, host: '127.0.0.1' });
      await once(probe, 'connect');
      const { localPort } = probe;
      const isProbe = ({ remotePort }: Socket) => remotePort === localPort;
      await eventually(() => backend.sockets.slice(seen).some(isProbe), { intervalMs: 1 });
      probe.destroy();
      for (const late of backend.sockets.slice(seen)) {
        if (!isProbe(late) && !late.destroyed) this.#current?.visits.push(this.#begin(late, this.#current));
      }
    }
    this.#isSettling = false;
  }
}

/**
 * Takes the proxy's header off a backend's connection; false when the connection is over before.
 * @throws Error when there is none, or it does not tell the client that the client's own header told
 */
function takeHeader(socket: Socket): Promise<boolean> {
  let gathered = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    for (const over of ['end', 'close']) socket.once(over, () => resolve(false));
    socket.on('data', function receive(chunk: Buffer) {
      gathered = Buffer.concat([gathered, chunk]);
      const parsed = parseProxyHeader(gathered);
      if (parsed.kind === 'more') return;
      socket.pause();
      socket.off('data', receive);
      const source = parsed.kind === 'header' ? parsed.header.addresses?.source : undefined;
      if (parsed.kind !== 'header' || source !== claimed.source) {
        reject(new Error(`a backend was told ${JSON.stringify(parsed)}`));
        return;
      }
      socket.unshift(gathered.subarray(parsed.header.sizeBytes));
      resolve(true);
    });
  });
}

/** Waits for the end of a handshake, however it goes. */
function handshake(socket: Socket, event: 'secure' | 'secureConnect'): Promise<void> {
  return new Promise((resolve) => {
    // A server of Node that ends its side from within the event loses what has come with the handshake.
    socket.once(event, () => setImmediate(resolve));
    socket.once('close', () => resolve());
  });
}
