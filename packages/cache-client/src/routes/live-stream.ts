import { Problem, type Clock, type HanokServer, type Timer } from '@hanok/service-kit';

/** What a client may leave unread before it is cut off; it resumes where it was. */
export const maxUnreadBytes = 1_048_576;
export const heartbeatMs = 15_000;
/** Then the client connects again, and is asked again who it is. */
export const maxLifeMs = 600_000;
/** How often the credential of whoever reads is looked at again. */
export const recheckMs = 10_000;
/** How long a client may take to read why it is cut off. */
export const lingerMs = 5_000;

/** Why a stream ends from this side. */
export type EndCode = 'done' | 'too_slow' | 'expired' | 'stopping' | 'only_sends';

/** What a client is told when a stream ends, and the close code of a WebSocket (RFC 6455, 7.4). */
export const endReasons: Readonly<Record<EndCode, { readonly closeCode: number; readonly detail: string }>> =
  {
    done: { closeCode: 1000, detail: 'done' },
    too_slow: { closeCode: 1013, detail: 'too slow: too much was left unread; connect again and resume' },
    expired: { closeCode: 4000, detail: 'expired: connect again, with a live credential' },
    stopping: { closeCode: 1001, detail: 'stopping: this server stops; connect again and resume' },
    only_sends: { closeCode: 1003, detail: 'only sends: this stream takes no messages' },
  };

/** A stream of events to one client, over server-sent events or a WebSocket. */
export interface LiveStream {
  /** Ends it, and says why unless it is `done`, the default. */
  end(code?: EndCode): void;
}

/**
 * Ends a stream soon after its reader may read no more: `check` then rejects with a problem 401 or 403. Other failures,
 * such as a cache that is away, prove nothing; `maxLifeMs` bounds how long they count for nothing.
 */
export function endWhenRevoked(stream: LiveStream, check: () => unknown, clock: Clock): { cancel(): void } {
  let isOver = false;
  let timer: Timer | undefined;
  const lookLater = (): void => {
    timer = clock.setTimer(recheckMs, () => void look());
  };
  const look = async (): Promise<void> => {
    try {
      await check();
    } catch (error) {
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
        stream.end('expired');
        return;
      }
    }
    if (!isOver) lookLater();
  };
  lookLater();
  return {
    cancel() {
      isOver = true;
      timer?.cancel();
    },
  };
}

/** The streams of a server, which would wait for them when it closes; so it ends them, and those that come then. */
export class LiveStreams {
  readonly #streams = new Set<LiveStream>();
  #isClosing = false;

  get size(): number {
    return this.#streams.size;
  }

  add(stream: LiveStream): void {
    this.#streams.add(stream);
    if (this.#isClosing) stream.end('stopping');
  }

  delete(stream: LiveStream): void {
    this.#streams.delete(stream);
  }

  endAll(): void {
    this.#isClosing = true;
    for (const stream of this.#streams) stream.end('stopping');
  }
}

/** Ends all streams when the server closes. */
export function endWithServer(server: HanokServer): LiveStreams {
  const streams = new LiveStreams();
  server.addHook('preClose', (done) => {
    streams.endAll();
    done();
  });
  return streams;
}
