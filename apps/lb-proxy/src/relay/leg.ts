import { connect, type OnReadOpts, type Socket } from 'node:net';
import { adoptSocket } from './adopt-socket.ts';
import type { Endpoint, RelaySettings } from './relay-engine.ts';

const NOTHING = Buffer.alloc(0);

/** What a leg tells its connection. */
export interface LegEvents {
  /** Bytes came in; they are valid until the next ones. Returns false to stop reading until `resume`. */
  received(leg: Leg, chunk: Buffer): boolean;
  /** The remote side has finished sending. */
  finished(leg: Leg): void;
  failed(leg: Leg, code: string): void;
  closed(): void;
}

/**
 * One side of a relayed connection: a socket and the one buffer it reads into. The buffer is free again as
 * soon as the kernel took its bytes, which for most reads is before the write call returns; when it is not,
 * reading stops until then. So a leg never holds more than its buffer, and bytes are never copied.
 */
export class Leg {
  readonly #events: LegEvents;
  readonly #buffer: Buffer;
  #socket: Socket | undefined;
  #held: Buffer | undefined;
  #readEnded = false;
  #finishing = false;

  constructor(buffer: Buffer, events: LegEvents) {
    this.#buffer = buffer;
    this.#events = events;
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  /** How many bytes were read and kept. */
  get heldBytes(): number {
    return this.#held?.length ?? 0;
  }

  /** The remote side has finished sending, and all it sent was received. */
  get readEnded(): boolean {
    return this.#readEnded;
  }

  /** Takes over a paused socket that a server accepted. */
  accept(accepted: Socket): void {
    const adopted = adoptSocket(accepted, this.#onread());
    if (adopted !== undefined) {
      this.#own(adopted);
      return;
    }
    this.#own(accepted);
    accepted.on('data', (chunk: Buffer) => {
      if (!this.#events.received(this, chunk)) accepted.pause();
    });
    accepted.resume();
  }

  /** Begins to connect to a backend; `onConnected` once it is. */
  dial(endpoint: Endpoint, settings: RelaySettings, onConnected: () => void): void {
    const socket = connect({
      host: endpoint.host,
      port: endpoint.port,
      allowHalfOpen: true,
      autoSelectFamily: false,
      noDelay: true,
      keepAlive: settings.keepAliveMs > 0,
      keepAliveInitialDelay: settings.keepAliveMs,
      onread: this.#onread(),
    });
    socket.once('connect', onConnected);
    this.#own(socket);
  }

  /** Keeps the bytes just received; reading must stop. */
  hold(chunk: Buffer): void {
    this.#held = chunk;
  }

  /** Sends what this leg holds to `target` and goes on reading. */
  flushTo(target: Leg): void {
    const chunk = this.#held;
    this.#held = undefined;
    if (chunk === undefined || this.sendTo(target, chunk)) this.resume();
  }

  /** Writes bytes this leg received to `target`; false when the buffer is not free yet. */
  sendTo(target: Leg, chunk: Buffer): boolean {
    const socket = target.#socket;
    if (socket === undefined || socket.destroyed || socket.writableEnded) return true;
    socket.write(chunk);
    if (socket.writableLength === 0) return true;
    // The kernel took only a part. An empty write behind it calls back when the rest is gone, too.
    socket.write(NOTHING, (error) => {
      if (!error) this.resume();
    });
    return false;
  }

  resume(): void {
    if (this.#socket?.destroyed === false && !this.#readEnded) this.#socket.resume();
  }

  /** Sends what is pending, then finishes this direction; the other one stays open. */
  finish(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed || this.#finishing) return;
    this.#finishing = true;
    // A socket cannot be reset while it waits to be shut down, so that wait must not depend on the reader.
    if (socket.writableLength === 0) socket.end();
    else socket.write(NOTHING, (error) => void (error ?? socket.end()));
  }

  /**
   * Closes because the other side is gone. What that side had finished sending is still delivered; where it
   * had not, the remote side sees a reset and so knows that bytes are missing.
   */
  close(): void {
    const socket = this.#socket;
    if (!this.#finishing || socket === undefined) this.reset();
    else if (socket.writableFinished) socket.destroy();
    else socket.once('finish', () => socket.destroy());
  }

  /** Closes at once, with a reset where that is possible. */
  reset(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy();
    else socket.resetAndDestroy();
  }

  /** Forgets the socket of a failed connect, so that another can be dialled. */
  abandon(): void {
    this.#socket?.removeAllListeners().on('error', ignore).destroy();
    this.#socket = undefined;
  }

  #own(socket: Socket): void {
    this.#socket = socket;
    socket.on('end', () => {
      this.#readEnded = true;
      this.#events.finished(this);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#events.failed(this, error.code ?? 'ERROR');
    });
    socket.on('close', () => {
      this.#events.closed();
    });
  }

  #onread(): OnReadOpts {
    const buffer = this.#buffer;
    return {
      buffer,
      callback: (sizeBytes) =>
        this.#events.received(this, sizeBytes === buffer.length ? buffer : buffer.subarray(0, sizeBytes)),
    };
  }
}

function ignore(): void {
  // An abandoned socket's late error concerns nobody.
}
