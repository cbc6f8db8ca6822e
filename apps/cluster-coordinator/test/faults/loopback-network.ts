import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { ConnectionOwners, ownerVariable } from './connection-owner.ts';
import { LinkRules } from './link-rules.ts';
import { RelayedStream } from './relayed-stream.ts';

/** A process behind the network: where it listens, and where the others are told that it does. */
export interface Host {
  readonly name: string;
  /** It listens here; nobody else is told. */
  readonly realHost: string;
  /** The others reach it here, through the relay. */
  readonly host: string;
  readonly port: number;
}

/**
 * A network of processes on this machine, whose links can be cut (one way or both), slowed down and made to lose. A
 * relay in this process stands before each: it takes what is sent to `host` and passes it on to `realHost`. It tells by
 * the kernel's tables which process opened a connection, and by the address where a datagram comes from. No privileges
 * are needed; it works on Linux, where all of 127.0.0.0/8 is loopback.
 */
export class LoopbackNetwork implements AsyncDisposable {
  readonly rules = new LinkRules();
  readonly #hosts: Host[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets = new Map<string, UdpSocket>();
  readonly #streams = new Set<RelayedStream>();
  readonly #lastDatagrams = new Map<string, () => void>();
  readonly #block: number;
  readonly #owners: ConnectionOwners;

  constructor() {
    // Networks of test files that run at the same time must not meet.
    this.#block = 1 + (process.pid % 200);
    this.#owners = new ConnectionOwners(`${this.#block}/`);
  }

  /**
   * Opens a way to one port of a process, which is about to listen on `realHost` and `port`: TCP, and UDP if asked for.
   * A process may have several.
   */
  async addHost(name: string, options: { udp?: boolean } = {}): Promise<Host> {
    const number = this.#hosts.length + 1;
    const host = `127.${this.#block}.2.${number}`;
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: 0 }, resolve);
    });
    this.#servers.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    const added = { name, host, realHost: `127.${this.#block}.1.${number}`, port: address.port };
    server.on('connection', (socket) => void this.#accept(added, socket));
    this.#hosts.push(added);
    if (options.udp === true) this.#sockets.set(name, await this.#bindUdp(added));
    return added;
  }

  /** What the process of that name must have in its environment, so that its connections are known. */
  environmentOf(name: string): Record<string, string> {
    return { [ownerVariable]: `${this.#block}/${name}` };
  }

  /** Sends the last datagram from one to the other again, as somebody could who listens. @returns whether there was one. */
  repeatDatagram(from: string, to: string): boolean {
    const repeat = this.#lastDatagrams.get(`${from} > ${to}`);
    repeat?.();
    return repeat !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rules.close();
    for (const stream of this.#streams) stream.destroy();
    for (const socket of this.#sockets.values()) socket.close();
    await Promise.all(this.#servers.map((server) => new Promise((closed) => server.close(closed))));
  }

  async #accept(to: Host, socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const from = await this.#owners.ownerOf(socket);
    // The process that called has ended, or is none of the network.
    if (from === null || socket.destroyed) {
      socket.destroy();
      return;
    }
    const there = this.rules.way(from, to.name);
    const back = this.rules.way(to.name, from);
    const stream = new RelayedStream(socket, to, there, back, () => this.#streams.delete(stream));
    this.#streams.add(stream);
  }

  async #bindUdp(host: Host): Promise<UdpSocket> {
    const socket = createSocket('udp4');
    socket.on('error', () => undefined);
    socket.on('message', (bytes, remote) => this.#passDatagram(host, bytes, remote));
    await new Promise<void>((bound) => socket.bind(host.port, host.host, bound));
    return socket;
  }

  /** The receiver sees it come from the relay's address of the sender, and answers there. */
  #passDatagram(to: Host, bytes: Buffer, remote: RemoteInfo): void {
    const from = this.#hosts.find(
      ({ realHost, port }) => realHost === remote.address && port === remote.port,
    );
    const socket = from === undefined ? undefined : this.#sockets.get(from.name);
    if (from === undefined || socket === undefined) return;
    const way = this.rules.way(from.name, to.name);
    if (way.isCut || way.loses()) return;
    const deliver = () => socket.send(bytes, to.port, to.realHost, () => undefined);
    this.#lastDatagrams.set(`${from.name} > ${to.name}`, deliver);
    way.after(deliver);
  }
}
