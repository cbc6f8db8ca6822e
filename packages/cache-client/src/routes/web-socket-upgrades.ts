import type { HanokServer } from '@hanok/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** A subprotocol that begins with this carries the bearer token, for browsers, which can send no other header. */
export const bearerProtocolPrefix = 'hanok.bearer.';

/** Largest message a client may send, bytes. */
const maxPayload = 1_048_576;

interface Upgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
}

const perServer = new WeakMap<HanokServer, WebSocketUpgrades>();

/**
 * WebSockets (RFC 6455) on the routes of a server. A request to upgrade goes through the same hooks, validation and
 * handler as any other GET, and the handler accepts it or answers as usual; so authentication and problem documents
 * are the same.
 */
export class WebSocketUpgrades {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      [...offered].find((protocol) => !protocol.startsWith(bearerProtocolPrefix)) ?? false,
  });
  readonly #upgrades = new WeakMap<IncomingMessage, Upgrade>();

  /** Those of a server; made when it is first asked for. */
  static of(server: HanokServer): WebSocketUpgrades {
    const known = perServer.get(server);
    if (known !== undefined) return known;
    const upgrades = new WebSocketUpgrades();
    perServer.set(server, upgrades);
    server.server.on('upgrade', (request, socket, head) =>
      upgrades.#route(server, request, { socket, head }),
    );
    return upgrades;
  }

  /** Whether a request asks for a WebSocket. */
  isUpgrade({ raw }: FastifyRequest): boolean {
    return this.#upgrades.has(raw) && raw.headers.upgrade?.toLowerCase() === 'websocket';
  }

  /**
   * Takes the reply over and shakes hands. `onOpen` is called unless the handshake is bad, `onClosed` in any case
   * when the connection is over.
   */
  accept(
    { raw }: FastifyRequest,
    reply: FastifyReply,
    { onOpen, onClosed }: { onOpen: (socket: WebSocket) => void; onClosed: () => void },
  ): void {
    const upgrade = this.#upgrades.get(raw);
    if (upgrade === undefined) throw new TypeError('the request asks for no WebSocket');
    const { socket, head } = upgrade;
    reply.hijack();
    reply.raw.detachSocket(socket as Socket);
    if (socket.destroyed) {
      onClosed();
      return;
    }
    socket.once('close', onClosed);
    this.#sockets.handleUpgrade(raw, socket, head, onOpen);
  }

  #route(server: HanokServer, request: IncomingMessage, upgrade: Upgrade): void {
    const { socket } = upgrade;
    this.#upgrades.set(request, upgrade);
    request.headers.authorization ??= bearerOf(request.headers['sec-websocket-protocol']);
    const response = new ServerResponse(request);
    // Whoever is refused gets an answer as to any request, and the connection ends.
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => socket.end());
    socket.on('error', () => socket.destroy());
    server.routing(request, response);
  }
}

function bearerOf(protocols: string | undefined): string | undefined {
  const named = protocols?.split(',').find((protocol) => protocol.trim().startsWith(bearerProtocolPrefix));
  return named === undefined ? undefined : `Bearer ${named.trim().slice(bearerProtocolPrefix.length)}`;
}
