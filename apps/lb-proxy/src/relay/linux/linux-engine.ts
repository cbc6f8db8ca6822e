import { lookup } from 'node:dns/promises';
import { ConnectionTable } from '../connection-table.ts';
import { RelayConnection, type ConnectionHost } from '../relay-connection.ts';
import type {
  ClientConnection,
  ListenSettings,
  RelayEngine,
  RelayListener,
  RelaySettings,
} from '../relay-engine.ts';
import type { FrozenConnection } from '../frozen-connection.ts';
import type { LegEvents } from '../relay-leg.ts';
import { AcceptingSocket } from './accepting-socket.ts';
import { BatchedReads } from './batched-reads.ts';
import type { DescriptorLedger } from './descriptor-ledger.ts';
import type { Libc } from './libc.ts';
import type { LegHost } from './leg-host.ts';
import { LinuxLeg } from './linux-leg.ts';
import { Poller } from './poller.ts';
import { SingleReads, type ReadQueue } from './read-queue.ts';
import type { RingCalls } from './ring-calls.ts';
import { Sockets } from './sockets.ts';
import { SubmissionRing } from './submission-ring.ts';

/** How long Node's own loop waits for its turn at most: how late a message or a timer may be. */
const MAX_TURN_MS = 20;
/** The same after `QUIET_TURNS` without an event or a connection, about a second: idle, it wakes four times a second. */
const MAX_QUIET_TURN_MS = 250;
const QUIET_TURNS = 50;
/** With events coming in all the time, Node's loop gets its turn sooner. */
const MAX_BUSY_MS = 5;

/**
 * The relay by Linux system calls: one epoll instance a thread, called straight from JavaScript. Saves what Node's
 * sockets cost around each read and write; the promises are the same.
 */
export class LinuxEngine implements RelayEngine, ConnectionHost<LinuxLeg>, LegHost {
  readonly name: 'uring' | 'linux';
  readonly settings: RelaySettings;
  readonly connections: ConnectionTable<LinuxLeg>;
  readonly libc: Libc;
  readonly sockets: Sockets;
  readonly poller: Poller;
  readonly readBuffer: Uint8Array;
  readonly reads: ReadQueue;
  #deferred: (() => void)[] = [];
  #quietTurns = 0;
  #stopped = false;

  /** @param calls those of io_uring, to read for many connections at once */
  constructor(settings: RelaySettings, libc: Libc, ledger: DescriptorLedger, calls?: RingCalls) {
    this.name = calls === undefined ? 'linux' : 'uring';
    this.settings = settings;
    this.readBuffer = new Uint8Array(settings.bufferBytes);
    this.reads =
      calls === undefined
        ? new SingleReads()
        : new BatchedReads(new SubmissionRing(calls, ledger), calls, settings.bufferBytes);
    this.connections = new ConnectionTable(settings);
    this.libc = libc;
    this.sockets = new Sockets(libc, ledger);
    this.poller = new Poller(libc, ledger);
    setImmediate(this.#turn);
  }

  createLeg(events: LegEvents<LinuxLeg>): LinuxLeg {
    return new LinuxLeg(this, events);
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
  }

  async listen(
    settings: ListenSettings,
    onConnection: (client: ClientConnection) => void,
    onAcceptFailed: (error: Error) => void,
  ): Promise<RelayListener> {
    const { keepAliveMs } = this.settings;
    const fds =
      settings.inherited.length > 0
        ? settings.inherited.map((fd) => this.sockets.inheritListener(fd, keepAliveMs))
        : [this.sockets.listen({ ...settings, host: (await lookup(settings.host)).address }, keepAliveMs)];
    const listeners = fds.map(
      (fd) =>
        new AcceptingSocket(fd, this, {
          accepted: (client, address) => {
            onConnection(new RelayConnection(address, this, (leg) => leg.accept(client)));
          },
          failed: onAcceptFailed,
        }),
    );
    return {
      port: this.sockets.localPort(fds[0] ?? -1),
      movable: {
        descriptors: fds,
        pause: () => listeners.forEach((listener) => listener.pause()),
        resume: () => listeners.forEach((listener) => listener.resume()),
      },
      close: () => listeners.forEach((listener) => listener.close()),
    };
  }

  adopt(frozen: FrozenConnection): ClientConnection {
    for (const leg of [frozen.client, frozen.backend]) {
      if (leg !== null) this.sockets.inherit(leg.descriptor);
    }
    const connection = new RelayConnection<LinuxLeg>(frozen.source, this, () => undefined);
    connection.adopt(frozen);
    return connection;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.connections.stop();
    this.poller.close();
  }

  /** Sleeps in the kernel unless there is work left, or Node's loop has waited long enough. */
  readonly #turn = (): void => {
    const startedMs = performance.now();
    const waitMs = this.#quietTurns < QUIET_TURNS ? MAX_TURN_MS : MAX_QUIET_TURN_MS;
    let elapsedMs = 0;
    let isQuiet = this.connections.size === 0;
    while (!this.#stopped && elapsedMs < MAX_BUSY_MS) {
      const workLeft = this.#deferred.length > 0 || this.reads.size > 0;
      const count = this.poller.poll(workLeft ? 0 : waitMs - elapsedMs);
      this.reads.run();
      this.#runDeferred();
      if (count === 0 && !workLeft) break;
      isQuiet = false;
      elapsedMs = Math.ceil(performance.now() - startedMs);
    }
    this.#quietTurns = isQuiet ? this.#quietTurns + 1 : 0;
    if (!this.#stopped) setImmediate(this.#turn);
  };

  #runDeferred(): void {
    while (this.#deferred.length > 0) {
      const batch = this.#deferred;
      this.#deferred = [];
      for (const run of batch) run();
    }
  }
}
