import type { Libc } from './libc.ts';
import type { Poller } from './poller.ts';
import type { ReadQueue } from './read-queue.ts';
import type { Sockets } from './sockets.ts';

/** What the legs of one engine share. */
export interface LegHost {
  readonly libc: Libc;
  readonly sockets: Sockets;
  readonly poller: Poller;
  readonly reads: ReadQueue;
  /** All legs read into this one: what it holds is sent on, or copied, before the next read. */
  readonly readBuffer: Uint8Array;
  /** Runs soon, but not from within the call. */
  defer(run: () => void): void;
}
