import { systemClock, type Clock, type HanokServer, type Timer } from '@hanok/service-kit';
import type { FastifyReply } from 'fastify';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** One event as the client sees it. */
export interface ServerEvent {
  /** Comes back in `Last-Event-ID` when the client reconnects. */
  readonly id: string;
  readonly data: unknown;
}

/** What a client may leave unread before it is cut off; it resumes where it was. */
const maxUnreadBytes = 1_048_576;
const heartbeatMs = 15_000;
/** Then the client connects again, and is asked again who it is. */
const maxLifeMs = 600_000;

/** Server-sent events (WHATWG HTML, 9.2) to one client. What is sent before `open` waits for it. */
export class EventStream {
  readonly #clock: Clock;
  #response: ServerResponse | undefined;
  #waiting = '';
  #ended = false;
  #heartbeat: Timer | undefined;
  #life: Timer | undefined;
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
    response.on('close', () => this.end());
    response.on('error', () => this.end());
    const headers = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined);
    response.writeHead(200, {
      ...(Object.fromEntries(headers) as OutgoingHttpHeaders),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(`retry: 1000\n\n${this.#waiting}`);
    this.#waiting = '';
    this.#beat();
    this.#life = this.#clock.setTimer(maxLifeMs, () => this.end());
  }

  send(events: readonly ServerEvent[]): void {
    const text = events.map(({ id, data }) => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    if (this.#response === undefined) this.#waiting += text;
    else this.#write(this.#response, text);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#heartbeat?.cancel();
    this.#life?.cancel();
    this.#response?.end();
    this.#onEnd();
  }

  #beat(): void {
    this.#heartbeat = this.#clock.setTimer(heartbeatMs, () => {
      if (this.#response !== undefined) this.#write(this.#response, ': alive\n\n');
      if (!this.#ended) this.#beat();
    });
  }

  #write(response: ServerResponse, text: string): void {
    if (this.#ended) return;
    response.write(text);
    if (response.writableLength > maxUnreadBytes) {
      response.destroy();
      this.end();
    }
  }
}

/** Ends all streams when the server closes, which would wait for them otherwise. */
export function endWithServer(server: HanokServer): Set<EventStream> {
  const streams = new Set<EventStream>();
  server.addHook('preClose', (done) => {
    for (const stream of streams) stream.end();
    done();
  });
  return streams;
}
