import { createServer, type Server, type Socket } from 'node:net';
import { SecureStream, type SecureStreamOptions } from './secure-stream.ts';
import type { StreamChannel } from './stream-hello.ts';

/** What to do with a peer's stream once it is open. */
export type StreamHandler = (stream: SecureStream) => StreamReader;

/** What becomes of an open stream's messages. */
export interface StreamReader {
  readonly onFrame: (payload: Buffer) => void;
  /** @param error why it broke; null when either side ended it in order. */
  readonly onClose: (error: Error | null) => void;
}

/** Where to listen. */
export interface StreamListenerOptions extends SecureStreamOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** More connections are refused. Default 4,096. */
  readonly maxConnections?: number | undefined;
}

const defaultMaxConnections = 4_096;

/** Takes the streams of a cluster's members on one port and gives each to the handler of its channel. */
export class StreamListener {
  readonly #options: StreamListenerOptions;
  readonly #handlers = new Map<StreamChannel, StreamHandler>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(options: StreamListenerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = options.maxConnections ?? defaultMaxConnections;
  }

  /** From now on this handler gets the streams of a channel; those of a channel without one are closed. */
  handle(channel: StreamChannel, handler: StreamHandler): void {
    this.#handlers.set(channel, handler);
  }

  /** @throws the system's error, e.g. EADDRINUSE. @returns the port. */
  async listen(): Promise<number> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, exclusive: true }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    return address.port;
  }

  /** Takes no more streams and ends those there are. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    let reader: StreamReader | null = null;
    SecureStream.over(socket, null, this.#options, {
      onOpen: (stream) => {
        reader = this.#handlers.get(stream.channel)?.(stream) ?? null;
        if (reader === null) stream.destroy();
      },
      onFrame: (payload) => reader?.onFrame(payload),
      onClose: (error) => {
        this.#sockets.delete(socket);
        reader?.onClose(error);
      },
    });
  }
}
