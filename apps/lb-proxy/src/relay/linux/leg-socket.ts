import type { ConnectionAddresses, Endpoint } from '../relay-engine.ts';
import type { LegHost } from './leg-host.ts';
import { linux } from './libc.ts';
import type { Pollable } from './poller.ts';

/** Who has the socket. */
export interface SocketOwner extends Pollable {
  /** Sending has met an error, which the kernel does not tell a second time. */
  sendFailed(errno: number): void;
}

export const EINTR = 4;
export const EAGAIN = 11;
const NO_FD = -1;

/** Every change is told once: what cannot be used yet is noted, and nothing is ever registered anew. */
const INTEREST = linux.EPOLLIN | linux.EPOLLPRI | linux.EPOLLOUT | linux.EPOLLRDHUP | linux.EPOLLET;

/** The socket of a leg, when it has one, and its registration with the poller. */
export class LegSocket {
  readonly #host: LegHost;
  readonly #owner: SocketOwner;
  #fd = NO_FD;
  #registered = false;
  /** Another process has, or had, this socket, too. */
  #shared = false;

  constructor(host: LegHost, owner: SocketOwner) {
    this.#host = host;
    this.#owner = owner;
  }

  /** -1 when there is none. */
  get descriptor(): number {
    return this.#fd;
  }

  get isOpen(): boolean {
    return this.#fd !== NO_FD;
  }

  get addresses(): ConnectionAddresses | undefined {
    return this.isOpen ? this.#host.sockets.addresses(this.#fd) : undefined;
  }

  /** The error that the socket has met; 0 for none. */
  takeError(): number {
    return this.#host.sockets.takeError(this.#fd);
  }

  open(fd: number): void {
    this.#fd = fd;
    this.#registered = true;
    this.#host.poller.add(fd, INTEREST, this.#owner);
  }

  /** @throws the system's error */
  connect(endpoint: Endpoint, keepAliveMs: number): void {
    this.open(this.#host.sockets.connect(endpoint, keepAliveMs));
  }

  /** Goes on with one of another process. */
  adopt(fd: number): void {
    this.#shared = true;
    this.open(fd);
  }

  /** Tells nothing until `thaw`; another process may get the descriptor meanwhile. */
  freeze(): void {
    this.#host.poller.remove(this.#fd);
    this.#registered = false;
    this.#shared = true;
  }

  thaw(): void {
    this.open(this.#fd);
  }

  /** Receives into the host's buffer. Returns how many bytes came, or the negative error number. */
  receive(sizeBytes: number, flags: number): number {
    const { libc, readBuffer } = this.#host;
    for (;;) {
      const size = libc.recv(this.#fd, readBuffer, sizeBytes, flags);
      if (size >= 0) return size;
      const errno = libc.errno();
      if (errno !== EINTR) return -errno;
    }
  }

  /** Returns how many bytes need no more care. */
  send(bytes: Uint8Array, sizeBytes: number): number {
    const { libc } = this.#host;
    for (;;) {
      const sent = libc.send(this.#fd, bytes, sizeBytes, linux.MSG_NOSIGNAL);
      if (sent >= 0) return sent;
      const errno = libc.errno();
      if (errno !== EINTR) return this.taken(-errno, sizeBytes);
    }
  }

  /** What the result of a `send` means: none when there is no room; all, into the void, when the socket is broken. */
  taken(result: number, sizeBytes: number): number {
    if (result >= 0) return result;
    if (result === -EAGAIN) return 0;
    this.#owner.sendFailed(-result);
    return sizeBytes;
  }

  shutDown(): void {
    this.#host.libc.shutdown(this.#fd, linux.SHUT_WR);
  }

  close(): void {
    this.#host.sockets.close(this.#release());
  }

  reset(): void {
    this.#host.sockets.reset(this.#release());
  }

  /** Lets go of one that nothing was relayed through, or that another process has now: that one is not reset. */
  abandon(): void {
    if (this.#registered) this.reset();
    else this.close();
  }

  #release(): number {
    const fd = this.#fd;
    if (this.#registered) {
      if (this.#shared) this.#host.poller.remove(fd);
      else this.#host.poller.forget(fd);
    }
    this.#fd = NO_FD;
    this.#registered = false;
    return fd;
  }
}
