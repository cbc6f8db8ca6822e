import { systemClock, type Clock, type Timer } from '@hanok/service-kit';
import type { FastifyReply } from 'fastify';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import {
  endReasons,
  heartbeatMs,
  lingerMs,
  maxLifeMs,
  maxUnreadBytes,
  type EndCode,
  type LiveStream,
} from './live-stream.ts';

/** One event as the client sees it. */
export interface ServerEvent {
  /** Comes back in `Last-Event-ID` when the client reconnects. */
  readonly id: string;
  readonly data: unknown;
}

/** Events as they are sent. */
export function eventText(events: readonly ServerEvent[]): string {
  return events.map(({ id, data }) => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`).join('');
}

/** Server-sent events (WHATWG HTML, 9.2) to one client. What is sent before `open` waits for it. */
export class EventStream implements LiveStream {
  readonly #clock: Clock;
  #response: ServerResponse | undefined;
  #waiting = '';
  /** Why it ends as soon as it is open. */
  #endsWith: EndCode | undefined;
  #ended = false;
  #heartbeat: Timer | undefined;
  #life: Timer | undefined;
  #linger: Timer | undefined;
  #onEnd: () => void = () => undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Takes the reply over; `onEnd` is called once, when either side has ended the stream. */
  open(reply: FastifyReply, onEnd: () => void): void {
    reply.hijack();
    const response = reply.raw;
    this.#response = response;
    this.#onEnd = onEnd;
    response.on('close', () => {
      this.#finish();
      this.#linger?.cancel();
    });
    response.on('error', () => response.destroy());
    // Without chunks an event is one write to the socket as it is; the stream ends with the connection anyway.
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
    response.writeHead(200, {
      ...(Object.fromEntries(headers) as OutgoingHttpHeaders),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(`retry: 1000\n\n${this.#waiting}`);
    this.#waiting = '';
    if (response.destroyed || response.socket?.destroyed !== false) this.#finish();
    else if (this.#endsWith !== undefined) this.end(this.#endsWith);
    if (this.#ended) return;
    this.#beat();
    this.#life = this.#clock.setTimer(maxLifeMs, () => this.end('expired'));
  }

  send(events: readonly ServerEvent[]): void {
    this.sendText(Buffer.from(eventText(events)));
  }

  /** Sends what {@link eventText} made, which may be the same for many clients. */
  sendText(text: Buffer): void {
    if (this.#response === undefined) this.#waiting += text.toString();
    else this.#write(this.#response, text);
  }

  /** Ends it, with an event of the type `end` that says why unless it is done. */
  end(code: EndCode = 'done'): void {
    const response = this.#response;
    if (response === undefined) this.#endsWith ??= code;
    if (this.#ended || response === undefined) return;
    this.#finish();
    const reason = { code, detail: endReasons[code].detail };
    response.end(code === 'done' ? '' : `event: end\ndata: ${JSON.stringify(reason)}\n\n`);
    this.#linger = this.#clock.setTimer(lingerMs, () => response.destroy());
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#heartbeat?.cancel();
    this.#life?.cancel();
    this.#onEnd();
  }

  #beat(): void {
    this.#heartbeat = this.#clock.setTimer(heartbeatMs, () => {
      if (this.#response !== undefined) this.#write(this.#response, ': alive\n\n');
      if (!this.#ended) this.#beat();
    });
  }

  #write(response: ServerResponse, text: string | Buffer): void {
    if (this.#ended) return;
    response.write(text);
    if (response.writableLength > maxUnreadBytes) this.end('too_slow');
  }
}
