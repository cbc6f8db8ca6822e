import { connect, type OnReadOpts, type Socket } from 'node:net';
import type { ConnectionAddresses, Endpoint, HeaderTaker, RelaySettings } from '../relay-engine.ts';
import type { LegEvents, RelayLeg } from '../relay-leg.ts';
import type { TLSSocket } from 'node:tls';
import { adoptSocket } from './adopt-socket.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { TlsTerminator } from '../../tls/tls-terminator.ts';

const NOTHING = Buffer.alloc(0);

/**
 * A leg on one of Node's own sockets, with the one buffer it reads into. The buffer is free again as
 * soon as the kernel took its bytes, which for most reads is before the write call returns; when it is not,
 * reading stops until then. So a leg never holds more than its buffer, and bytes are never copied.
 */
export class PortableLeg implements RelayLeg<PortableLeg> {
  readonly #events: LegEvents<PortableLeg>;
  readonly #buffers: BufferPool;
  readonly #buffer: Buffer;
  readonly #tls: TlsTerminator | undefined;
  #socket: Socket | undefined;
  /** The TCP socket below `#socket`, once that speaks TLS. */
  #carrier: Socket | undefined;
  /** The bytes received last. */
  #chunk: Buffer;
  #held: Buffer | undefined;
  #takeHeader: HeaderTaker | undefined;
  #readEnded = false;
  #finishing = false;
  #isGivenUp = false;

  constructor(buffers: BufferPool, events: LegEvents<PortableLeg>, tls?: TlsTerminator) {
    this.#tls = tls;
    this.#events = events;
    this.#buffers = buffers;
    this.#buffer = buffers.take();
    this.#chunk = this.#buffer;
  }

  get heldBytes(): number {
    return this.#held?.length ?? 0;
  }

  get readEnded(): boolean {
    return this.#readEnded;
  }

  /** Takes over a paused socket that a server accepted. Where TLS is to be spoken it stays paused at first. */
  accept(accepted: Socket): void {
    if (this.#tls !== undefined) {
      this.#readPlainly(accepted);
      return;
    }
    const adopted = adoptSocket(accepted, this.#onread());
    if (adopted !== undefined) {
      this.#own(adopted);
      return;
    }
    this.#readPlainly(accepted);
    accepted.resume();
  }

  addresses(): ConnectionAddresses | undefined {
    const { remoteAddress, remotePort, localAddress, localPort } = this.#carrier ?? this.#socket ?? {};
    if (remoteAddress === undefined || remotePort === undefined) return undefined;
    if (localAddress === undefined || localPort === undefined) return undefined;
    return {
      remote: { host: remoteAddress, port: remotePort },
      local: { host: localAddress, port: localPort },
    };
  }

  takeHeader(take: HeaderTaker): void {
    this.#takeHeader = take;
    if (this.#tls !== undefined) this.#socket?.resume();
  }

  endHeader(sizeBytes: number): void {
    this.#takeHeader = undefined;
    this.#socket?.pause();
    if (this.#held !== undefined) this.#keep(this.#held.subarray(sizeBytes));
  }

  secure(onSecure: (serverName: string | null) => void): void {
    // A header's taker may be on the stack: what it leaves is kept when it has returned.
    queueMicrotask(() => {
      const carrier = this.#socket;
      if (carrier === undefined || carrier.destroyed || this.#tls === undefined) return;
      if (this.#held !== undefined) carrier.unshift(this.#held);
      this.#held = undefined;
      this.#carrier = carrier;
      const secured = this.#tls.wrap(carrier);
      this.#readPlainly(secured);
      const giveUp = (): void => this.reset();
      secured.once('end', giveUp);
      secured.once('secure', () => {
        secured.off('end', giveUp);
        onSecure(serverNameOf(secured));
      });
      secured.resume();
    });
  }

  greet(greeting: Uint8Array): void {
    this.#socket?.write(greeting);
  }

  dial(endpoint: Endpoint, settings: RelaySettings, onConnected: () => void): void {
    this.#isGivenUp = false;
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

  hold(): void {
    this.#held = this.#chunk;
  }

  flushTo(target: PortableLeg): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || this.sendTo(target)) this.#resume();
  }

  sendTo(target: PortableLeg): boolean {
    const socket = target.#socket;
    if (socket === undefined || socket.destroyed || socket.writableEnded) return true;
    socket.write(this.#chunk);
    if (socket.writableLength === 0) return true;
    // The kernel took only a part. An empty write behind it calls back when the rest is gone, too.
    socket.write(NOTHING, (error) => {
      if (!error) this.#resume();
    });
    return false;
  }

  #resume(): void {
    if (this.#socket?.destroyed === false && !this.#readEnded) this.#socket.resume();
  }

  finish(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed || this.#finishing) return;
    this.#finishing = true;
    // A socket cannot be reset while it waits to be shut down, so that wait must not depend on the reader.
    if (socket.writableLength === 0) socket.end();
    else socket.write(NOTHING, (error) => void (error ?? socket.end()));
    this.#closeIfOver(socket);
  }

  close(): void {
    const socket = this.#socket;
    if (!this.#finishing || socket === undefined) this.reset();
    else if (socket.writableFinished) socket.destroy();
    else socket.once('finish', () => socket.destroy());
  }

  reset(): void {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return;
    this.#isGivenUp = true;
    if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy();
    else (this.#carrier ?? socket).resetAndDestroy();
    if (this.#carrier !== undefined) socket.destroy();
  }

  abandon(): void {
    this.#socket?.removeAllListeners().on('error', ignore).destroy();
    this.#socket = undefined;
  }

  /** Never: Node would go on reading what another process should read. */
  freeze(): null {
    return null;
  }

  thaw(): void {
    // It was not frozen.
  }

  adopt(): void {
    throw new Error('a Node socket cannot come from another process');
  }

  release(): void {
    this.#buffers.give(this.#buffer);
  }

  #receive(chunk: Buffer): boolean {
    if (this.#takeHeader !== undefined) return this.#receiveHeader(chunk, this.#takeHeader);
    this.#chunk = chunk;
    return this.#events.received(this, chunk.length);
  }

  /** Gathers bytes until the header is complete; stops reading then. */
  #receiveHeader(chunk: Buffer, take: HeaderTaker): boolean {
    const gathered = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    const sizeBytes = take(gathered);
    if (sizeBytes === 0) {
      // The buffer is about to be read into again.
      this.#held = Buffer.from(gathered);
      return true;
    }
    this.#takeHeader = undefined;
    this.#keep(gathered.subarray(Math.max(0, sizeBytes)));
    return false;
  }

  #keep(bytes: Buffer): void {
    this.#chunk = bytes;
    this.#held = bytes.length === 0 ? undefined : bytes;
  }

  #own(socket: Socket): void {
    this.#socket = socket;
    socket.on('end', () => {
      if (socket === this.#carrier) return;
      if (this.#carrier !== undefined && !this.#finishing && wasReset(socket)) {
        this.#fail('ECONNRESET');
        socket.destroy();
        return;
      }
      this.#readEnded = true;
      this.#closeIfOver(socket);
      this.#events.finished(this);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (socket !== this.#carrier) this.#fail(error.code ?? 'ERROR');
    });
    socket.on('close', () => {
      if (socket === this.#carrier) return;
      // A socket that speaks TLS closes without an error when the one below it was reset.
      if (!this.#readEnded || !this.#finishing) this.#fail('ECONNRESET');
      this.#events.closed();
    });
  }

  /** A socket that speaks TLS may stay open although both of its directions are finished. */
  #closeIfOver(socket: Socket): void {
    if (this.#carrier === undefined || !this.#readEnded || !this.#finishing) return;
    if (socket.writableFinished || wasReset(socket)) socket.destroy();
    else socket.once('finish', () => socket.destroy());
  }

  /** Tells it once, and not when it is this side that lets go. */
  #fail(code: string): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#events.failed(this, code);
  }

  /** Reads into buffers that Node allocates. */
  #readPlainly(socket: Socket): void {
    this.#own(socket);
    socket.on('data', (chunk: Buffer) => {
      if (socket !== this.#carrier && !this.#receive(chunk)) socket.pause();
    });
  }

  #onread(): OnReadOpts {
    const buffer = this.#buffer;
    return {
      buffer,
      callback: (sizeBytes) =>
        this.#receive(sizeBytes === buffer.length ? buffer : buffer.subarray(0, sizeBytes)),
    };
  }
}

/**
 * Whether the end of a socket that speaks TLS is a reset: Node loses one that its own session ticket or close_notify
 * meets. The kernel knows no remote side any more; Node remembers the first answer, so nothing else may ask this socket.
 */
function wasReset(socket: Socket): boolean {
  return socket.remoteAddress === undefined;
}

function serverNameOf({ servername }: TLSSocket): string | null {
  return typeof servername === 'string' && servername !== '' ? servername.toLowerCase() : null;
}

function ignore(): void {
  // An abandoned socket's late error concerns nobody.
}
