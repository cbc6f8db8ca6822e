import { systemClock, type Clock, type Timer } from '@hanok/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import {
  endReasons,
  heartbeatMs,
  lingerMs,
  maxLifeMs,
  maxUnreadBytes,
  type EndCode,
  type LiveStream,
} from './live-stream.ts';
import type { WebSocketUpgrades } from './web-socket-upgrades.ts';

/** A stream over a WebSocket: one text message for each event. What is sent before `open` waits for it. */
export class SocketStream implements LiveStream {
  readonly #clock: Clock;
  #socket: WebSocket | undefined;
  #waiting: string[] = [];
  /** Why it ends as soon as it is open. */
  #endsWith: EndCode | undefined;
  #ended = false;
  #isAlive = true;
  #heartbeat: Timer | undefined;
  #life: Timer | undefined;
  #linger: Timer | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Accepts the request's WebSocket; `onEnd` is called once, when the connection is over. */
  open(
    upgrades: WebSocketUpgrades,
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
    onEnd: () => void,
  ): void {
    upgrades.accept(request, reply, {
      onOpen: (socket) => this.#begin(socket),
      onClosed: () => {
        this.#ended = true;
        for (const timer of [this.#heartbeat, this.#life, this.#linger]) timer?.cancel();
        onEnd();
      },
    });
  }

  send(texts: readonly string[]): void {
    const socket = this.#socket;
    if (this.#ended) return;
    if (socket === undefined) {
      this.#waiting.push(...texts);
      return;
    }
    for (const text of texts) socket.send(text);
    if (socket.bufferedAmount > maxUnreadBytes) this.end('too_slow');
  }

  end(code: EndCode = 'done'): void {
    const socket = this.#socket;
    if (socket === undefined) this.#endsWith ??= code;
    if (this.#ended || socket === undefined) return;
    this.#ended = true;
    const { closeCode, detail } = endReasons[code];
    socket.close(closeCode, detail);
    this.#linger = this.#clock.setTimer(lingerMs, () => socket.terminate());
  }

  #begin(socket: WebSocket): void {
    this.#socket = socket;
    // Connections break; the close that follows is what counts.
    socket.on('error', () => undefined);
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('message', () => this.end('only_sends'));
    this.send(this.#waiting.splice(0));
    this.#beat(socket);
    this.#life = this.#clock.setTimer(maxLifeMs, () => this.end('expired'));
    if (this.#endsWith !== undefined) this.end(this.#endsWith);
  }

  #beat(socket: WebSocket): void {
    this.#heartbeat = this.#clock.setTimer(heartbeatMs, () => {
      if (!this.#isAlive) {
        socket.terminate();
        return;
      }
      this.#isAlive = false;
      socket.ping();
      this.#beat(socket);
    });
  }
}
