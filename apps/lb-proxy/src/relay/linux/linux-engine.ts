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
import type { LegEvents } from '../relay-leg.ts';
import type { DescriptorLedger } from './descriptor-ledger.ts';
import { errorName, linux, systemError, type Libc } from './libc.ts';
import { LinuxLeg, type LegHost } from './linux-leg.ts';
import { Poller, type Pollable } from './poller.ts';
import { Sockets } from './sockets.ts';

/** Longest the thread sleeps in the kernel: how late a message or a timer of Node may be. */
const MAX_SLEEP_MS = 20;
/** Rounds of events before Node's own loop gets its turn. */
const MAX_ROUNDS = 16;
/** Clients accepted in one go, so that a flood of them does not hold up those that are relayed. */
const MAX_ACCEPTS = 64;
/** Pause in accepting when no descriptor is free: the kernel would report the listener over and over. */
const EXHAUSTED_PAUSE_MS = 100;
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
    const { address } = await lookup(settings.host);
    const { fd, port } = this.sockets.listen({ ...settings, host: address });
    const listener: Pollable = {
      ready: () => {
        const errno = this.#acceptWaiting(fd, onConnection);
        if (errno === 0) return;
        onAcceptFailed(systemError(errno, 'accept4'));
        this.poller.change(fd, 0);
        setTimeout(() => {
          if (!closed) this.poller.change(fd, linux.EPOLLIN);
        }, EXHAUSTED_PAUSE_MS);
      },
    };
    let closed = false;
    this.poller.add(fd, linux.EPOLLIN, listener);
    return {
      port,
      close: () => {
        if (closed) return;
        closed = true;
        this.poller.remove(fd);
        this.sockets.close(fd);
      },
    };
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

  /** 0, or the error number when accepting had to stop for want of something. */
  #acceptWaiting(listener: number, onConnection: (client: ClientConnection) => void): number {
    for (let accepted = 0; accepted < MAX_ACCEPTS; accepted++) {
      const fd = this.sockets.accept(listener);
      if (fd < 0) return exhausted.has(errorName(-fd)) ? -fd : 0;
      if (!this.#tuned(fd)) continue;
      onConnection(new RelayConnection(this.sockets.acceptedAddress, this, (leg) => leg.accept(fd)));
    }
    return 0;
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

/** Errors of `accept` that are this machine's; the others concern a client that has already gone. */
const exhausted: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
