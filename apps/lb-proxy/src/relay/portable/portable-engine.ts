import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BufferPool } from './buffer-pool.ts';
import { ConnectionTable } from '../connection-table.ts';
import { RelayConnection, type ConnectionHost } from '../relay-connection.ts';
import type { LegEvents } from '../relay-leg.ts';
import { PortableLeg } from './portable-leg.ts';
import type { TlsTerminator } from '../../tls/tls-terminator.ts';
import type {
  ClientConnection,
  ListenSettings,
  RelayEngine,
  RelayListener,
  RelaySettings,
} from '../relay-engine.ts';

const FREE_POOL_BYTES = 8 * 1024 * 1024;

/** The relay on Node's own sockets: runs wherever Node does. */
export class PortableEngine implements RelayEngine, ConnectionHost<PortableLeg> {
  readonly name = 'portable';
  readonly settings: RelaySettings;
  readonly connections: ConnectionTable<PortableLeg>;
  readonly #buffers: BufferPool;
  readonly #tls: TlsTerminator | undefined;

  /** @param tls does the handshake of clients that are to be secured; none are without it */
  constructor(settings: RelaySettings, tls?: TlsTerminator) {
    this.#tls = tls;
    this.settings = settings;
    this.connections = new ConnectionTable(settings);
    this.#buffers = new BufferPool(settings.bufferBytes, Math.ceil(FREE_POOL_BYTES / settings.bufferBytes));
  }

  createLeg(events: LegEvents<PortableLeg>): PortableLeg {
    return new PortableLeg(this.#buffers, events, this.#tls);
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
      const { remoteAddress } = socket;
      // Reset before it was accepted: without an address nobody could tell which rules it is under.
      if (remoteAddress === undefined) socket.destroy();
      else onConnection(new RelayConnection(remoteAddress, this, (leg) => leg.accept(socket)));
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

  stop(): void {
    this.connections.stop();
  }
}
