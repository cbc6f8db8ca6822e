import type { IncomingMessage } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Clock, Timer } from '@hanok/service-kit';
import { requestHeaders } from './call.ts';
import { openRequest, reasonOf } from './open-request.ts';
import { RefusedError } from './refused-error.ts';

/** One connection to a stream of server-sent events. */
export interface EventStreamOptions {
  readonly url: string;
  readonly token?: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The answer's headers must be there by then. */
  readonly connectTimeoutMs: number;
  /** A link that carried nothing for this long, comments included, is dead. */
  readonly silenceMs: number;
  readonly onOpen: () => void;
  /** May throw; that ends the stream. */
  readonly onEvent: (event: EventSourceMessage) => void;
}

/** One event may hold a snapshot of 10,000 nodes with metadata; more is a broken server. */
const maxEventLength = 64 * 1024 * 1024;

/**
 * Reads a stream of server-sent events until it ends. Returns when the server ended it.
 * @throws RefusedError; an Error when it fell silent, broke, or `signal` aborted it.
 */
export async function readEventStream(options: EventStreamOptions): Promise<void> {
  const abort = new AbortController();
  const giveUp = (): void => abort.abort(options.signal.reason);
  options.signal.addEventListener('abort', giveUp, { once: true });
  if (options.signal.aborted) giveUp();
  const watchdog = new Watchdog(options.clock, (afterMs) =>
    abort.abort(new Error(`${options.url} was silent for ${afterMs} ms`)),
  );
  watchdog.restart(options.connectTimeoutMs);
  try {
    const response = await openRequest({
      url: options.url,
      method: 'GET',
      headers: requestHeaders(options.token, { accept: 'text/event-stream' }),
      signal: abort.signal,
    });
    const type = response.headers['content-type'] ?? '';
    if (response.statusCode !== 200 || !type.startsWith('text/event-stream')) {
      throw new RefusedError(options.url, response.statusCode ?? 0, 'a stream of events');
    }
    watchdog.restart(options.silenceMs);
    options.onOpen();
    await feed(response, options, watchdog);
  } catch (error) {
    throw abort.signal.aborted ? reasonOf(abort.signal) : error;
  } finally {
    watchdog.stop();
    options.signal.removeEventListener('abort', giveUp);
    abort.abort();
  }
}

async function feed(body: IncomingMessage, options: EventStreamOptions, watchdog: Watchdog): Promise<void> {
  const parser = createParser({ onEvent: options.onEvent, maxBufferSize: maxEventLength });
  body.setEncoding('utf8');
  for await (const text of body) {
    watchdog.restart(options.silenceMs);
    parser.feed(String(text));
  }
}

class Watchdog {
  readonly #clock: Clock;
  readonly #bark: (afterMs: number) => void;
  #timer: Timer | null = null;

  constructor(clock: Clock, bark: (afterMs: number) => void) {
    this.#clock = clock;
    this.#bark = bark;
  }

  restart(afterMs: number): void {
    this.stop();
    this.#timer = this.#clock.setTimer(afterMs, () => this.#bark(afterMs));
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
