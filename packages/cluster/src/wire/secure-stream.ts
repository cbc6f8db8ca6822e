import type { Socket } from 'node:net';
import { systemClock, type Clock, type Timer } from '@hanok/service-kit';
import { ChunkQueue } from './chunk-queue.ts';
import type { DropCounts } from './drop-counts.ts';
import { FrameCipher, frameHeaderBytes, frameOverheadBytes } from './frame-cipher.ts';
import type { KeyRing } from './key-ring.ts';
import {
  decodeHello,
  encodeHello,
  helloBytes,
  makeHello,
  streamKeys,
  type Hello,
  type StreamChannel,
} from './stream-hello.ts';
import { WireError } from './wire-error.ts';

/** What both ends of a stream share. */
export interface SecureStreamOptions {
  readonly ring: KeyRing;
  /** Dropped frames and refused peers are counted here. */
  readonly drops: DropCounts;
  /** A longer message is neither sent nor taken. Default 16 MiB. */
  readonly maxFrameBytes?: number | undefined;
  /** `send` refuses while so much waits for a slow peer. Default 64 MiB. */
  readonly maxWaitingBytes?: number | undefined;
  /** The peer must have shown that it holds the key by then. Default 5,000. */
  readonly handshakeTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** What a stream tells. `onOpen` comes first and once, `onClose` last and once; nothing comes after it. */
export interface SecureStreamEvents {
  /** The peer has shown that it holds the key. */
  readonly onOpen: (stream: SecureStream) => void;
  /** One message, whole, authentic and in order. */
  readonly onFrame: (payload: Buffer) => void;
  /** @param error why it broke; null when either side ended it in order. */
  readonly onClose: (error: Error | null) => void;
}

const defaultMaxFrameBytes = 16 * 1024 * 1024;
const defaultMaxWaitingBytes = 64 * 1024 * 1024;
const defaultHandshakeTimeoutMs = 5_000;

/**
 * An authenticated, encrypted stream of messages over one TCP connection.
 *
 * Each side sends a hello with a random; both randoms and the cluster's key make the keys of the two directions; each
 * side then sends an empty frame, which proves that it holds the key. Only then is the stream open. Any frame that
 * does not open ends the connection: after it nothing can be trusted to be in order.
 */
export class SecureStream {
  readonly #socket: Socket;
  readonly #side: 'client' | 'server';
  readonly #options: SecureStreamOptions;
  readonly #events: SecureStreamEvents;
  readonly #maxFrameBytes: number;
  readonly #received = new ChunkQueue();
  readonly #deadline: Timer;
  #ownHello: Hello | null = null;
  #channel: StreamChannel | null = null;
  #sending: FrameCipher | null = null;
  #receiving: FrameCipher | null = null;
  #open = false;
  /** How long the frame is whose header was read; null between frames. */
  #bodyBytes: number | null = null;
  #error: Error | null = null;

  private constructor(
    socket: Socket,
    channel: StreamChannel | null,
    options: SecureStreamOptions,
    events: SecureStreamEvents,
  ) {
    this.#socket = socket;
    this.#side = channel === null ? 'server' : 'client';
    this.#options = options;
    this.#events = events;
    this.#maxFrameBytes = options.maxFrameBytes ?? defaultMaxFrameBytes;
    const timeoutMs = options.handshakeTimeoutMs ?? defaultHandshakeTimeoutMs;
    this.#deadline = (options.clock ?? systemClock).setTimer(timeoutMs, () => {
      this.#drop(new WireError('truncated', `peer did not show the key within ${timeoutMs} ms`));
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => (this.#error ??= error));
    socket.on('close', () => this.#closed());
    if (channel !== null) this.#greet(makeHello(channel, options.ring.primary));
  }

  /**
   * Starts the handshake over a connected socket, which belongs to the stream from now on.
   * @param channel what a client wants; a server gives null and learns it.
   */
  static over(
    socket: Socket,
    channel: StreamChannel | null,
    options: SecureStreamOptions,
    events: SecureStreamEvents,
  ): SecureStream {
    return new SecureStream(socket, channel, options, events);
  }

  /** What the stream is for. @throws Error before it is open. */
  get channel(): StreamChannel {
    if (this.#channel === null) throw new Error('the channel is known once the stream is open');
    return this.#channel;
  }

  /** The peer's address as the network shows it. */
  get remoteHost(): string {
    return this.#socket.remoteAddress ?? '';
  }

  /** Bytes sent but not yet taken by the network. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /**
   * Sends one message.
   * @returns false, with nothing sent, when the stream is not open or too much waits for a slow peer.
   * @throws RangeError for an empty message or one above `maxFrameBytes`.
   */
  send(payload: Uint8Array): boolean {
    if (payload.length === 0 || payload.length > this.#maxFrameBytes) {
      throw new RangeError(`a message must have 1 to ${this.#maxFrameBytes} bytes, not ${payload.length}`);
    }
    if (!this.#open || this.#sending === null || !this.#socket.writable) return false;
    if (this.waitingBytes + payload.length > (this.#options.maxWaitingBytes ?? defaultMaxWaitingBytes))
      return false;
    this.#gather();
    this.#socket.write(this.#sending.seal(payload));
    return true;
  }

  /** Ends the stream in order: what was sent still arrives. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the stream at once. */
  destroy(error?: Error): void {
    if (error !== undefined) this.#error ??= error;
    this.#socket.destroy();
  }

  /** What is sent within one turn of the event loop goes out in one write. */
  #gather(): void {
    if (this.#socket.writableCorked > 0) return;
    this.#socket.cork();
    setImmediate(() => this.#socket.uncork());
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    try {
      while (!this.#socket.destroyed && this.#takeOne());
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#drop(error);
    }
  }

  /** @returns false when more bytes are needed. */
  #takeOne(): boolean {
    if (this.#receiving === null) {
      const hello = this.#received.take(helloBytes);
      if (hello !== null) this.#meet(decodeHello(this.#options.ring, hello));
      return hello !== null;
    }
    const body = this.#takeBody();
    if (body === null) return false;
    const payload = this.#receiving.open(body);
    if (payload.length > 0 && this.#open) this.#events.onFrame(payload);
    else if (payload.length === 0 && !this.#open) this.#nowOpen();
    else throw new WireError('malformed', 'the first frame must be empty, and no other');
    return true;
  }

  #takeBody(): Buffer | null {
    if (this.#bodyBytes === null) {
      const header = this.#received.take(frameHeaderBytes);
      if (header === null) return null;
      const length = header.readUInt32BE();
      // Memory is given only to peers that have shown the key; their first frame is empty.
      const maxBytes = this.#open ? this.#maxFrameBytes : 0;
      if (length > maxBytes + frameOverheadBytes) {
        throw new WireError('oversized', `frame of ${length} bytes, above ${maxBytes}`);
      }
      this.#bodyBytes = length;
    }
    const body = this.#received.take(this.#bodyBytes);
    if (body !== null) this.#bodyBytes = null;
    return body;
  }

  #greet(hello: Hello): void {
    this.#ownHello = hello;
    this.#socket.write(encodeHello(this.#options.ring, hello));
  }

  #meet(peer: Hello): void {
    // A server answers under the key that the client chose: it may know more keys than its primary.
    if (this.#side === 'server') this.#greet(makeHello(peer.channel, peer.key));
    const own = this.#ownHello;
    if (own === null || own.channel !== peer.channel || !own.key.id.equals(peer.key.id)) {
      throw new WireError('malformed', 'the answer does not fit the hello');
    }
    const [client, server] = this.#side === 'client' ? [own, peer] : [peer, own];
    const keys = streamKeys(this.#options.ring, client, server, this.#side);
    this.#channel = peer.channel;
    this.#sending = new FrameCipher(keys.send);
    this.#receiving = new FrameCipher(keys.receive);
    this.#socket.write(this.#sending.seal(new Uint8Array(0)));
  }

  #nowOpen(): void {
    this.#deadline.cancel();
    this.#open = true;
    this.#events.onOpen(this);
  }

  #drop(error: WireError): void {
    if (this.#error === null) this.#options.drops.add(error.reason);
    this.destroy(error);
  }

  #closed(): void {
    this.#deadline.cancel();
    this.#open = false;
    if (this.#error === null && (this.#received.length > 0 || this.#bodyBytes !== null)) {
      this.#options.drops.add('truncated');
      this.#error = new WireError('truncated', 'connection ended within a frame');
    }
    this.#events.onClose(this.#error);
  }
}
