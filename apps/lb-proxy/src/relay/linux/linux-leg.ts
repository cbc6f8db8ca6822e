import type { ConnectionAddresses, Endpoint, HeaderTaker, RelaySettings } from '../relay-engine.ts';
import type { FrozenLeg } from '../frozen-connection.ts';
import type { LegEvents, RelayLeg } from '../relay-leg.ts';
import type { LegHost } from './leg-host.ts';
import { errorName, linux, systemError } from './libc.ts';
import type { Pollable } from './poller.ts';

const EINTR = 4;
const EAGAIN = 11;
/** Full buffers read from one socket before the others get their turn. */
const MAX_READS = 8;
const NO_FD = -1;
/** Pause before a header that is incomplete is looked at again: it stays with the kernel, which would tell at once. */
const HEADER_PAUSE_MS = 5;
const EPIPE = 32;
const ENDED = linux.EPOLLERR | linux.EPOLLHUP;

/**
 * A leg on a socket of its own, by system calls: `recv` into a buffer all legs share, `send` from it at once. Only
 * what the kernel does not take is copied, and then reading stops until it has, so a leg holds at most one
 * buffer, and none while its readers keep up.
 */
export class LinuxLeg implements RelayLeg<LinuxLeg>, Pollable {
  readonly heldBytes = 0;
  readonly #host: LegHost;
  readonly #events: LegEvents<LinuxLeg>;
  #fd = NO_FD;
  #interest = 0;
  /** Not reading until the other side has taken what it was given. */
  #paused = false;
  /** Left out of the poller: the kernel would report an end over and over while it cannot be read. */
  #muted = false;
  #onConnected: (() => void) | undefined;
  #takeHeader: HeaderTaker | undefined;
  #readEnded = false;
  #finishing = false;
  #closeWhenFlushed = false;
  /** Error number of a reset that a failed send has met, and so taken away from reading; 0 for none. */
  #brokenBy = 0;
  /** Bytes for this side that the kernel has not taken yet. */
  #pending: Uint8Array | undefined;
  /** The leg they came from, which does not read meanwhile. */
  #source: LinuxLeg | undefined;

  constructor(host: LegHost, events: LegEvents<LinuxLeg>) {
    this.#host = host;
    this.#events = events;
  }

  get readEnded(): boolean {
    return this.#readEnded;
  }

  /** Takes a client over. Its bytes stay with the kernel until `flushTo`. */
  accept(fd: number): void {
    this.#open(fd, 0);
  }

  addresses(): ConnectionAddresses | undefined {
    return this.#fd === NO_FD ? undefined : this.#host.sockets.addresses(this.#fd);
  }

  takeHeader(take: HeaderTaker): void {
    this.#takeHeader = take;
    this.#want(linux.EPOLLIN);
  }

  endHeader(sizeBytes: number): void {
    this.#takeHeader = undefined;
    if (this.#fd === NO_FD) return;
    this.#want(0);
    if (sizeBytes > 0) this.#host.libc.recv(this.#fd, this.#host.readBuffer, sizeBytes, 0);
  }

  secure(): void {
    throw new Error('TLS is terminated by the portable engine only');
  }

  greet(greeting: Uint8Array): void {
    const sent = this.#fd === NO_FD ? 0 : this.#send(greeting, greeting.length);
    // A new connection takes so few bytes at once; should it not, going on would tear the stream.
    if (sent < greeting.length) this.#host.defer(() => this.#fail(EPIPE));
  }

  dial(endpoint: Endpoint, settings: RelaySettings, onConnected: () => void): void {
    this.#onConnected = onConnected;
    try {
      this.#open(this.#host.sockets.connect(endpoint, settings.keepAliveMs), linux.EPOLLOUT);
    } catch (error) {
      const { code = 'ERROR' } = error as NodeJS.ErrnoException;
      this.#host.defer(() => {
        if (this.#onConnected === onConnected) this.#events.failed(this, code);
      });
    }
  }

  hold(): void {
    throw new Error('this leg reads only when its bytes can be sent on');
  }

  flushTo(): void {
    this.#resume();
  }

  sendTo(target: LinuxLeg, sizeBytes: number): boolean {
    if (target.#fd === NO_FD || target.#finishing) return true;
    const { readBuffer } = this.#host;
    const sent = target.#send(readBuffer, sizeBytes);
    if (sent === sizeBytes) return true;
    target.#pending = readBuffer.slice(sent, sizeBytes);
    target.#source = this;
    target.#want(target.#interest | linux.EPOLLOUT);
    this.#paused = true;
    this.#want(this.#interest & ~linux.EPOLLIN);
    return false;
  }

  finish(): void {
    if (this.#fd === NO_FD || this.#finishing) return;
    this.#finishing = true;
    if (this.#pending === undefined) this.#shutDown();
  }

  close(): void {
    if (this.#fd === NO_FD) return;
    if (!this.#finishing) this.reset();
    else if (this.#pending === undefined) this.#close();
    else this.#closeWhenFlushed = true;
  }

  reset(): void {
    if (this.#fd === NO_FD) return;
    const fd = this.#detach();
    this.#host.sockets.reset(fd);
    this.#host.defer(() => this.#events.closed());
  }

  abandon(): void {
    this.#onConnected = undefined;
    if (this.#fd !== NO_FD) this.#host.sockets.close(this.#detach());
  }

  freeze(): FrozenLeg | null {
    if (this.#fd === NO_FD) return null;
    if (!this.#muted) this.#mute();
    if (this.#brokenBy !== 0) return null;
    return {
      descriptor: this.#fd,
      pending: this.#pending ?? null,
      paused: this.#paused,
      readEnded: this.#readEnded,
      finishing: this.#finishing,
      closeWhenFlushed: this.#closeWhenFlushed,
    };
  }

  thaw(): void {
    if (this.#fd !== NO_FD) this.#open(this.#fd, this.#interest);
  }

  adopt(frozen: FrozenLeg, other: LinuxLeg): void {
    this.#paused = frozen.paused;
    this.#readEnded = frozen.readEnded;
    this.#finishing = frozen.finishing;
    this.#closeWhenFlushed = frozen.closeWhenFlushed;
    this.#pending = frozen.pending ?? undefined;
    if (frozen.pending !== null) this.#source = other;
    const reads = frozen.paused || frozen.readEnded ? 0 : linux.EPOLLIN;
    this.#open(frozen.descriptor, reads | (frozen.pending === null ? 0 : linux.EPOLLOUT));
  }

  release(): void {
    this.#source = undefined;
    this.#pending = undefined;
  }

  ready(events: number): void {
    if (this.#onConnected !== undefined) {
      this.#connected();
      return;
    }
    if ((events & linux.EPOLLOUT) !== 0) this.#flush();
    if (this.#fd === NO_FD) return;
    if (this.#takeHeader !== undefined) this.#peek(events, this.#takeHeader);
    else if ((this.#interest & linux.EPOLLIN) !== 0) this.#read();
    else if ((events & ENDED) !== 0) this.#endedUnread(events);
  }

  /** What the remote side sent before its end is still to be read, unless there is nobody to read it for. */
  #endedUnread(events: number): void {
    if (this.#paused || (events & linux.EPOLLERR) === 0) this.#mute();
    else this.#fail(this.#host.sockets.takeError(this.#fd));
  }

  #connected(): void {
    const onConnected = this.#onConnected;
    const errno = this.#host.sockets.takeError(this.#fd);
    if (errno !== 0) {
      this.#events.failed(this, errorName(errno));
      return;
    }
    this.#onConnected = undefined;
    this.#want(linux.EPOLLIN);
    onConnected?.();
  }

  #read(): void {
    const { libc, readBuffer } = this.#host;
    for (let reads = 0; reads < MAX_READS; reads++) {
      const size = libc.recv(this.#fd, readBuffer, readBuffer.length, 0);
      if (size > 0) {
        const goOn = this.#events.received(this, size);
        if (!goOn || size < readBuffer.length || this.#fd === NO_FD) return;
      } else if (size === 0) {
        if (this.#brokenBy === 0) this.#endReading();
        else this.#fail(this.#brokenBy);
        return;
      } else {
        const errno = libc.errno();
        if (errno === EAGAIN) return;
        if (errno !== EINTR) {
          this.#fail(errno);
          return;
        }
      }
    }
  }

  /** Offers the first bytes without taking them from the kernel, then takes off the header alone. */
  #peek(events: number, take: HeaderTaker): void {
    if ((events & linux.EPOLLERR) !== 0) {
      this.#fail(this.#host.sockets.takeError(this.#fd));
      return;
    }
    const { libc, readBuffer } = this.#host;
    const size = libc.recv(this.#fd, readBuffer, readBuffer.length, linux.MSG_PEEK);
    const sizeBytes = size > 0 ? take(readBuffer.subarray(0, size)) : 0;
    if (this.#fd === NO_FD) return;
    this.#want(0);
    if (sizeBytes === 0) {
      setTimeout(() => {
        if (this.#takeHeader !== undefined) this.#want(linux.EPOLLIN);
      }, HEADER_PAUSE_MS);
      return;
    }
    this.#takeHeader = undefined;
    if (sizeBytes > 0) libc.recv(this.#fd, readBuffer, sizeBytes, 0);
  }

  #endReading(): void {
    this.#readEnded = true;
    this.#want(this.#interest & ~linux.EPOLLIN);
    this.#events.finished(this);
    this.#closeIfOver();
  }

  /** Bytes the kernel took: none when it has no room; all, into the void, when the socket is broken. */
  #send(bytes: Uint8Array, sizeBytes: number): number {
    const { libc } = this.#host;
    for (;;) {
      const sent = libc.send(this.#fd, bytes, sizeBytes, linux.MSG_NOSIGNAL);
      if (sent >= 0) return sent;
      const errno = libc.errno();
      if (errno === EAGAIN) return 0;
      if (errno === EINTR) continue;
      this.#noteBroken(errno);
      return sizeBytes;
    }
  }

  /**
   * Reading tells that the socket is broken, after what came before; but after a failed send it would tell of a
   * clean end. EPIPE: the remote side had finished before, so that end is one.
   */
  #noteBroken(errno: number): void {
    if (errno !== EPIPE) this.#brokenBy = errno;
    if (this.#readEnded) this.#host.defer(() => this.#fail(errno));
  }

  #flush(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const sent = this.#send(pending, pending.length);
    if (sent < pending.length) {
      this.#pending = pending.subarray(sent);
      return;
    }
    this.#pending = undefined;
    this.#want(this.#interest & ~linux.EPOLLOUT);
    const source = this.#source;
    this.#source = undefined;
    if (this.#finishing) this.#shutDown();
    if (this.#closeWhenFlushed) this.#close();
    if (source !== undefined) source.#resume();
  }

  #shutDown(): void {
    this.#host.libc.shutdown(this.#fd, linux.SHUT_WR);
    this.#closeIfOver();
  }

  #closeIfOver(): void {
    if (this.#readEnded && this.#finishing && this.#pending === undefined) this.#close();
  }

  #close(): void {
    if (this.#fd === NO_FD) return;
    this.#host.sockets.close(this.#detach());
    this.#host.defer(() => this.#events.closed());
  }

  #fail(errno: number): void {
    if (this.#fd === NO_FD) return;
    this.#host.sockets.close(this.#detach());
    this.#events.failed(this, errno === 0 ? 'ECONNRESET' : errorName(errno));
    this.#host.defer(() => this.#events.closed());
  }

  #resume(): void {
    this.#paused = false;
    if (this.#fd !== NO_FD && !this.#readEnded) this.#want(this.#interest | linux.EPOLLIN);
  }

  #mute(): void {
    this.#host.poller.remove(this.#fd);
    this.#muted = true;
  }

  #open(fd: number, interest: number): void {
    this.#fd = fd;
    this.#interest = interest;
    this.#muted = false;
    this.#host.poller.add(fd, interest, this);
  }

  #want(interest: number): void {
    if (this.#fd === NO_FD || interest === this.#interest) return;
    this.#interest = interest;
    if (this.#muted) {
      this.#muted = false;
      this.#host.poller.add(this.#fd, interest, this);
    } else this.#host.poller.change(this.#fd, interest);
  }

  #detach(): number {
    const fd = this.#fd;
    if (fd === NO_FD) throw systemError(9, 'close');
    if (!this.#muted) this.#host.poller.remove(fd);
    this.#fd = NO_FD;
    return fd;
  }
}
