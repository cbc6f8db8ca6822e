import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BufferPool } from './buffer-pool.ts';
import { PortableConnection, type ConnectionHost } from './portable-connection.ts';
import type {
  ClientConnection,
  ListenSettings,
  RelayEngine,
  RelayListener,
  RelaySettings,
} from './relay-engine.ts';

const MAX_SWEEP_MS = 1_000;
const MIN_SWEEP_MS = 10;
const SWEEPS_PER_TIMEOUT = 4;
const FREE_POOL_BYTES = 8 * 1024 * 1024;

/** The relay on Node's own sockets: runs wherever Node does. */
export class PortableEngine implements RelayEngine, ConnectionHost {
  readonly name = 'portable';
  readonly settings: RelaySettings;
  readonly buffers: BufferPool;
  readonly #connections = new Set<PortableConnection>();
  readonly #sweeper: NodeJS.Timeout;
  #sweptAtMs = performance.now();

  constructor(settings: RelaySettings) {
    this.settings = settings;
    this.buffers = new BufferPool(settings.bufferBytes, Math.ceil(FREE_POOL_BYTES / settings.bufferBytes));
    this.#sweeper = setInterval(() => this.#sweep(), sweepIntervalMs(settings));
  }

  get sweptAtMs(): number {
    return this.#sweptAtMs;
  }

  async listen(
    settings: ListenSettings,
    onConnection: (client: ClientConnection) => void,
    onAcceptFailed: (error: Error) => void,
  ): Promise<RelayListener> {
    const { keepAliveMs, bufferBytes } = this.settings;
    const server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: keepAliveMs > 0,
      keepAliveInitialDelay: keepAliveMs,
      highWaterMark: bufferBytes,
    });
    server.on('connection', (socket: Socket) => {
      const connection = new PortableConnection(socket, this);
      this.#connections.add(connection);
      onConnection(connection);
    });
    server.listen(settings);
    await once(server, 'listening');
    server.on('error', onAcceptFailed);
    return {
      port: (server.address() as AddressInfo).port,
      close: () => {
        server.close();
      },
    };
  }

  forget(connection: PortableConnection): void {
    this.#connections.delete(connection);
  }

  stop(): void {
    clearInterval(this.#sweeper);
  }

  #sweep(): void {
    this.#sweptAtMs = performance.now();
    for (const connection of this.#connections) connection.sweep(this.#sweptAtMs);
  }
}

function sweepIntervalMs({ idleTimeoutMs, halfClosedTimeoutMs }: RelaySettings): number {
  const shortest = Math.min(...[idleTimeoutMs, halfClosedTimeoutMs].filter((timeoutMs) => timeoutMs > 0));
  return Math.max(MIN_SWEEP_MS, Math.min(MAX_SWEEP_MS, shortest / SWEEPS_PER_TIMEOUT));
}
