import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '@hanok/service-kit';
import { formatEvent, keepAlive } from './sse.ts';

export interface EventStreamOptions {
  readonly response: ServerResponse;
  readonly clock: Clock;
  /** Only changes of nodes of this service; null for all. */
  readonly service: string | null;
  /** The registered node that reads it; null when it did not say. */
  readonly reader: string | null;
  /** A reader that has more than this unread at the next event is cut off. */
  readonly maxWaitingBytes: number;
  readonly keepAliveMs: number;
  /** Told at once; the stream is closed when the reader has taken it in, or some seconds later. */
  readonly onCutOff: (reason: CutoffReason) => void;
  readonly onClose: (stream: EventStream) => void;
}

export type CutoffReason = 'slow-reader' | 'stale' | 'shutdown';

/** How long a reader that was cut off has to take in why. A slow one has much to read before; a stop cannot wait. */
const farewellMs = { 'slow-reader': 5_000, stale: 2_000, shutdown: 2_000 } as const;

/** One reader of the events. Never holds more than `maxWaitingBytes` and one event for it. */
export class EventStream {
  readonly service: string | null;
  readonly reader: string | null;
  readonly #options: EventStreamOptions;
  #keepAlive: Timer | null = null;
  #cutoff: CutoffReason | null = null;
  #closed = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.service = options.service;
    this.reader = options.reader;
    const { response } = options;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'keep-alive',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    response.on('close', () => this.#onClosed());
    response.on('error', () => response.destroy());
    this.#scheduleKeepAlive();
  }

  /** @returns false when the reader is gone, or was too slow and has been cut off. */
  send(text: string): boolean {
    const { response, maxWaitingBytes } = this.#options;
    if (this.#closed || this.#cutoff !== null) return false;
    // What waits is measured before adding to it: a snapshot may be larger than the bound, and must go through.
    if (response.writableLength > maxWaitingBytes) {
      this.cutOff('slow-reader');
      return false;
    }
    response.write(text);
    return true;
  }

  /** Tells why, and ends the stream. */
  cutOff(reason: CutoffReason): void {
    if (this.#closed || this.#cutoff !== null) return;
    const { response, clock } = this.#options;
    this.#cutoff = reason;
    this.#keepAlive?.cancel();
    this.#options.onCutOff(reason);
    response.end(formatEvent('cutoff', { reason }));
    const timer = clock.setTimer(farewellMs[reason], () => response.destroy());
    response.on('close', () => timer.cancel());
  }

  #scheduleKeepAlive(): void {
    this.#keepAlive = this.#options.clock.setTimer(this.#options.keepAliveMs, () => {
      if (this.send(keepAlive)) this.#scheduleKeepAlive();
    });
  }

  #onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keepAlive?.cancel();
    this.#options.onClose(this);
  }
}
