import type { ServerResponse } from 'node:http';
import type { Clock } from '@hanok/service-kit';
import type { Delta } from './tables.ts';

/** More readers than this are refused. */
const maxReaders = 64;
/** A reader that has more than this unread is cut off; it comes back for a snapshot. */
const maxWaitingBytes = 4 * 1_024 * 1_024;

interface Reader {
  readonly response: ServerResponse;
  /** Wall clock; when the session of the reader ends. */
  readonly endsAtMs: number;
}

/** Everyone who watches, each on one stream of server-sent events. */
export class StreamHub {
  readonly #readers = new Set<Reader>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#readers.size;
  }

  get isFull(): boolean {
    return this.#readers.size >= maxReaders;
  }

  /** Serves a reader until it goes. @param onClose called once, when it has gone. */
  open(response: ServerResponse, snapshot: Delta, endsAtMs: number, onClose: () => void): void {
    const reader: Reader = { response, endsAtMs };
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    this.#readers.add(reader);
    response.on('error', () => response.destroy());
    response.on('close', () => {
      this.#readers.delete(reader);
      onClose();
    });
    response.write(format('snapshot', snapshot));
  }

  /** Tells everyone what has changed; null: nothing has, which is a sign of life. */
  send(delta: Delta | null): void {
    const text = format('delta', delta ?? {});
    for (const { response, endsAtMs } of this.#readers) {
      if (this.#clock.now() >= endsAtMs) response.end(format('signed-out', null));
      else if (response.writableLength > maxWaitingBytes) response.destroy();
      else response.write(text);
    }
  }

  close(): void {
    for (const { response } of this.#readers) response.end();
  }
}

function format(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
