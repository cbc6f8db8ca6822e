import type { HanokServer } from '@hanok/service-kit';

/** What a client may leave unread before it is cut off; it resumes where it was. */
export const maxUnreadBytes = 1_048_576;
export const heartbeatMs = 15_000;
/** Then the client connects again, and is asked again who it is. */
export const maxLifeMs = 600_000;
/** How long a client may take to read why it is cut off. */
export const lingerMs = 5_000;

/** Why a stream ends from this side. */
export type EndCode = 'too_slow' | 'expired' | 'stopping' | 'only_sends';

/** What a client is told when a stream ends, and the close code of a WebSocket (RFC 6455, 7.4). */
export const endReasons: Readonly<Record<EndCode, { readonly closeCode: number; readonly detail: string }>> =
  {
    too_slow: { closeCode: 1013, detail: 'too slow: too much was left unread; connect again and resume' },
    expired: { closeCode: 4000, detail: 'expired: connect again, with a live credential' },
    stopping: { closeCode: 1001, detail: 'stopping: this server stops; connect again and resume' },
    only_sends: { closeCode: 1003, detail: 'only sends: this stream takes no messages' },
  };

/** A stream of events to one client, over server-sent events or a WebSocket. */
export interface LiveStream {
  /** Ends it, and says why. Default `stopping`. */
  end(code?: EndCode): void;
}

/** Ends all streams when the server closes, which would wait for them otherwise. */
export function endWithServer(server: HanokServer): Set<LiveStream> {
  const streams = new Set<LiveStream>();
  server.addHook('preClose', (done) => {
    for (const stream of streams) stream.end();
    done();
  });
  return streams;
}
