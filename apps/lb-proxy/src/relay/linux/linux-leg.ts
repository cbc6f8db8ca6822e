import type { FrozenLeg } from '../frozen-connection.ts';
import type { ConnectionAddresses, Endpoint, HeaderTaker, RelaySettings } from '../relay-engine.ts';
import type { LegEvents, RelayLeg } from '../relay-leg.ts';
import { Inflow } from './inflow.ts';
import type { LegHost } from './leg-host.ts';
import { EAGAIN, EINTR, LegSocket, type SocketOwner } from './leg-socket.ts';
import { errorName, linux } from './libc.ts';
import { Outflow } from './outflow.ts';
import type { Outbox } from './read-queue.ts';

/** Full buffers read from one socket before the others get their turn. */
const MAX_READS = 8;
const EPIPE = 32;
const ENDED = linux.EPOLLERR | linux.EPOLLHUP;

/**
 * A leg by system calls: what is received is sent on at once, by itself or by the queue that reads for it. Only what
 * the kernel does not take is copied, and then reading stops until it has, so a leg holds at most one buffer, and
 * none while its readers keep up.
 */
export class LinuxLeg implements RelayLeg<LinuxLeg>, SocketOwner {
  readonly heldBytes = 0;
  readonly #host: LegHost;
  readonly #events: LegEvents<LinuxLeg>;
  readonly #socket: LegSocket;
  readonly #inflow = new Inflow();
  readonly #outflow: Outflow<LinuxLeg>;
  /** Reads whenever the kernel has bytes. Never without a socket. */
  #reads = false;
  #queued = false;
  /** Not reading until the other side has taken what it was given. */
  #paused = false;
  #onConnected: (() => void) | undefined;
  #takeHeader: HeaderTaker | undefined;
  #readEnded = false;
  #closeWhenFlushed = false;
  /** Of a reset that a failed send has met, and so taken away from reading; 0 for none. */
  #sendError = 0;
  /** Takes what has just been received, when it is not to be sent at once. */
  #outbox: Outbox | undefined;

  constructor(host: LegHost, events: LegEvents<LinuxLeg>) {
    this.#host = host;
    this.#events = events;
    this.#socket = new LegSocket(host, this);
    this.#outflow = new Outflow(this.#socket);
  }

  get readEnded(): boolean {
    return this.#readEnded;
  }

  /** The socket's; -1 when there is none. */
  get descriptor(): number {
    return this.#socket.descriptor;
  }

  /** Its last read was large. */
  get isBulky(): boolean {
    return this.#inflow.isBulky;
  }

  /** Takes a client over. Its bytes stay with the kernel until `flushTo`. */
  accept(fd: number): void {
    this.#socket.open(fd);
  }

  addresses(): ConnectionAddresses | undefined {
    return this.#socket.addresses;
  }

  takeHeader(take: HeaderTaker): void {
    this.#takeHeader = take;
    if (this.#inflow.isReadable) this.#host.defer(() => this.#peek());
  }

  endHeader(sizeBytes: number): void {
    this.#takeHeader = undefined;
    if (sizeBytes > 0 && this.#socket.isOpen) this.#socket.receive(sizeBytes, 0);
  }

  secure(): void {
    throw new Error('TLS is terminated by the portable engine only');
  }

  greet(greeting: Uint8Array): void {
    const sent = this.#socket.isOpen ? this.#socket.send(greeting, greeting.length) : 0;
    // A new connection takes so few bytes at once; should it not, going on would tear the stream.
    if (sent < greeting.length) this.#host.defer(() => this.#fail(EPIPE));
  }

  dial(endpoint: Endpoint, { keepAliveMs }: RelaySettings, onConnected: () => void): void {
    this.#onConnected = onConnected;
    this.#inflow.noteEmpty();
    try {
      this.#socket.connect(endpoint, keepAliveMs);
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
    if (!target.#socket.isOpen || target.#outflow.isFinishing) return true;
    if (this.#outbox === undefined) return this.sendNow(target, this.#host.readBuffer, sizeBytes);
    this.#outbox.send(target);
    return true;
  }

  finish(): void {
    if (!this.#socket.isOpen || this.#outflow.isFinishing) return;
    // Closing finishes, too.
    if (this.#readEnded && this.#outflow.isEmpty) this.#close();
    else this.#outflow.finish();
  }

  close(): void {
    if (!this.#socket.isOpen) return;
    if (!this.#outflow.isFinishing) this.reset();
    else if (this.#outflow.isEmpty) this.#close();
    else this.#closeWhenFlushed = true;
  }

  reset(): void {
    if (!this.#socket.isOpen) return;
    this.#reads = false;
    this.#socket.reset();
    this.#host.defer(() => this.#events.closed());
  }

  abandon(): void {
    this.#onConnected = undefined;
    this.#reads = false;
    if (this.#socket.isOpen) this.#socket.abandon();
  }

  freeze(): FrozenLeg | null {
    if (!this.#socket.isOpen) return null;
    this.#reads = false;
    this.#socket.freeze();
    if (this.#sendError !== 0) return null;
    return {
      descriptor: this.#socket.descriptor,
      pending: this.#outflow.pending,
      paused: this.#paused,
      readEnded: this.#readEnded,
      finishing: this.#outflow.isFinishing,
      closeWhenFlushed: this.#closeWhenFlushed,
    };
  }

  thaw(): void {
    if (!this.#socket.isOpen) return;
    this.#reads = !this.#paused && !this.#readEnded;
    this.#socket.thaw();
  }

  adopt(frozen: FrozenLeg, other: LinuxLeg): void {
    this.#paused = frozen.paused;
    this.#readEnded = frozen.readEnded;
    this.#closeWhenFlushed = frozen.closeWhenFlushed;
    this.#outflow.adopt(frozen.pending, frozen.finishing, other);
    this.#reads = !frozen.paused && !frozen.readEnded;
    this.#socket.adopt(frozen.descriptor);
  }

  release(): void {
    this.#outflow.release();
  }

  ready(events: number): void {
    this.#inflow.noteEvents(events);
    if (this.#onConnected !== undefined) {
      this.#connected(events, this.#onConnected);
      return;
    }
    if (!this.#outflow.isEmpty && (events & linux.EPOLLOUT) !== 0) this.#flush();
    if (this.#reads) this.#queueRead();
    else if (this.#socket.isOpen && !this.#paused) {
      if ((events & linux.EPOLLERR) !== 0) this.#fail(this.#socket.takeError());
      else this.#peek();
    }
  }

  /** Its turn in the queue has come; whether it wants to read still. */
  beginRead(): boolean {
    this.#queued = false;
    return this.#reads && this.#inflow.isReadable;
  }

  /** Reads and sends on until nothing is left, or the others must have their turn. */
  readNow(): void {
    this.#queued = false;
    const roomBytes = this.#host.readBuffer.length;
    for (let reads = 0; this.#reads && reads < MAX_READS; reads++) {
      const size = this.#socket.receive(roomBytes, 0);
      if (size <= 0) {
        this.#receivedNone(size);
        return;
      }
      this.#events.received(this, size);
      if (!this.#goesOn(size, roomBytes)) return;
    }
    this.#queueRead();
  }

  /** Takes bytes that were received for it; they stay where they are until `outbox` has sent them. */
  deliver(sizeBytes: number, outbox: Outbox): void {
    if (!this.#reads) return;
    this.#outbox = outbox;
    this.#events.received(this, sizeBytes);
    this.#outbox = undefined;
  }

  /** After `deliver`, or instead of it when there were no bytes. `result`: how many, or the negative error number. */
  afterRead(result: number, roomBytes: number): void {
    if (!this.#socket.isOpen) return;
    if (result === -EINTR || (result > 0 && this.#goesOn(result, roomBytes))) this.readNow();
    else if (result <= 0) this.#receivedNone(result);
  }

  /** Sends bytes of this leg to `target`; false when reading must stop until they are gone. */
  sendNow(target: LinuxLeg, bytes: Uint8Array, sizeBytes: number): boolean {
    return this.#pauseUnless(target.#outflow.send(bytes, sizeBytes, this));
  }

  /** The kernel was given bytes of this leg for `target`, with this result: see `Outflow.sent`. */
  sent(target: LinuxLeg, bytes: Uint8Array, result: number): void {
    this.#pauseUnless(target.#outflow.sent(result, bytes, this));
  }

  /**
   * Reading tells that the socket is broken, after what came before; but after a failed send it would tell of a
   * clean end. EPIPE: the remote side had finished before, so that end is one.
   */
  sendFailed(errno: number): void {
    if (errno !== EPIPE) this.#sendError = errno;
    if (this.#readEnded) this.#host.defer(() => this.#fail(errno));
  }

  #connected(events: number, onConnected: () => void): void {
    if ((events & (linux.EPOLLOUT | ENDED)) === 0) return;
    const errno = (events & ENDED) === 0 ? 0 : this.#socket.takeError();
    if (errno !== 0) {
      this.#events.failed(this, errorName(errno));
      return;
    }
    this.#onConnected = undefined;
    this.#reads = true;
    onConnected();
    this.#queueRead();
  }

  /** Offers the first bytes without taking them from the kernel, then takes off the header alone. */
  #peek(): void {
    const take = this.#takeHeader;
    if (take === undefined || !this.#inflow.isReadable || !this.#socket.isOpen) return;
    const { readBuffer } = this.#host;
    const size = this.#socket.receive(readBuffer.length, linux.MSG_PEEK);
    if (size < 0 && size !== -EAGAIN) this.#fail(-size);
    // When it takes none yet, the kernel tells when more have come.
    const sizeBytes = size > 0 ? take(readBuffer.subarray(0, size)) : 0;
    if (sizeBytes !== 0) this.endHeader(sizeBytes);
  }

  /** Whether more bytes are to be read at once, after some came in. */
  #goesOn(sizeBytes: number, roomBytes: number): boolean {
    this.#inflow.noteRead(sizeBytes, roomBytes);
    return this.#reads && this.#inflow.isReadable;
  }

  /** Instead of bytes there was nothing (yet), an end (0), or an error. */
  #receivedNone(result: number): void {
    if (result === -EAGAIN) {
      this.#inflow.noteEmpty();
      return;
    }
    const errno = result < 0 ? -result : this.#sendError;
    if (errno !== 0) {
      this.#fail(errno);
      return;
    }
    this.#readEnded = true;
    this.#reads = false;
    this.#events.finished(this);
    this.#closeIfOver();
  }

  #pauseUnless(taken: boolean): boolean {
    if (!taken) {
      this.#paused = true;
      this.#reads = false;
    }
    return taken;
  }

  #flush(): void {
    const source = this.#outflow.flush();
    if (!this.#outflow.isEmpty) return;
    if (this.#closeWhenFlushed) this.#close();
    else this.#closeIfOver();
    if (source !== undefined) source.#resume();
  }

  #closeIfOver(): void {
    if (this.#readEnded && this.#outflow.isFinishing && this.#outflow.isEmpty) this.#close();
  }

  #close(): void {
    if (!this.#socket.isOpen) return;
    this.#reads = false;
    this.#socket.close();
    this.#host.defer(() => this.#events.closed());
  }

  #fail(errno: number): void {
    if (!this.#socket.isOpen) return;
    this.#reads = false;
    this.#socket.close();
    this.#events.failed(this, errno === 0 ? 'ECONNRESET' : errorName(errno));
    this.#host.defer(() => this.#events.closed());
  }

  #resume(): void {
    this.#paused = false;
    this.#reads = this.#socket.isOpen && !this.#readEnded;
    this.#queueRead();
  }

  #queueRead(): void {
    if (this.#queued || !this.#reads || !this.#inflow.isReadable) return;
    this.#queued = true;
    this.#host.reads.add(this);
  }
}
