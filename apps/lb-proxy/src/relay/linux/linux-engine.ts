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
import type { DescriptorLedger } from './descriptor-ledger.ts';
import type { Libc } from './libc.ts';
import type { LegHost } from './leg-host.ts';
import { LinuxLeg } from './linux-leg.ts';
import { Poller } from './poller.ts';
import { Sockets } from './sockets.ts';

/** Longest the thread sleeps in the kernel: how late a message or a timer of Node may be. */
const MAX_SLEEP_MS = 20;
/** Rounds of events before Node's own loop gets its turn. */
const MAX_ROUNDS = 16;
const READ_BUFFER_BYTES = 32_768;

/**
 * The relay by Linux system calls: one epoll instance a thread, called straight from JavaScript. Saves what Node's
 * sockets cost around each read and write; the promises are the same.
 */
export class LinuxEngine implements RelayEngine, ConnectionHost<LinuxLeg>, LegHost {
  readonly name = 'linux';
  readonly settings: RelaySettings;
  readonly connections: ConnectionTable<LinuxLeg>;
  readonly libc: Libc;
  readonly sockets: Sockets;
  readonly poller: Poller;
  readonly readBuffer = new Uint8Array(READ_BUFFER_BYTES);
  #deferred: (() => void)[] = [];
  #stopped = false;

  constructor(settings: RelaySettings, libc: Libc, ledger: DescriptorLedger) {
    this.settings = settings;
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
    const fds =
      settings.inherited.length > 0
        ? settings.inherited.map((fd) => this.sockets.inherit(fd))
        : [this.sockets.listen({ ...settings, host: (await lookup(settings.host)).address })];
    const listeners = fds.map(
      (fd) =>
        new AcceptingSocket(fd, this, {
          accepted: (client, address) => {
            if (!this.#tuned(client)) return;
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

  /** Sleeps in the kernel only when the last look found nothing, so that Node's loop is never kept waiting by work. */
  readonly #turn = (): void => {
    if (this.#stopped) return;
    let timeoutMs = this.#deferred.length > 0 ? 0 : MAX_SLEEP_MS;
    for (let round = 0; round < MAX_ROUNDS && !this.#stopped; round++) {
      const count = this.poller.poll(timeoutMs);
      this.#runDeferred();
      if (count === 0) break;
      timeoutMs = 0;
    }
    setImmediate(this.#turn);
  };

  #runDeferred(): void {
    while (this.#deferred.length > 0) {
      const batch = this.#deferred;
      this.#deferred = [];
      for (const run of batch) run();
    }
  }

  /** A client that has gone already may refuse its options. */
  #tuned(fd: number): boolean {
    try {
      this.sockets.tune(fd, this.settings.keepAliveMs);
      return true;
    } catch {
      this.sockets.close(fd);
      return false;
    }
  }
}
