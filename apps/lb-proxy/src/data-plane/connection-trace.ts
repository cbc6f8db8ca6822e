/** Something that happened to a client connection. */
export interface ConnectionEvent {
  readonly name: 'waiting' | 'backend-chosen' | 'connect-failed' | 'connected' | 'refused' | 'ended';
  readonly atMs: number;
  /** Slot of the backend it is about; absent where it is about none. */
  readonly slot?: number;
  /** Code or reason, where there is one. */
  readonly reason?: string;
}

/** A client connection from accept to close, as a worker tells it. Times are milliseconds since the epoch. */
export interface ConnectionTrace {
  readonly source: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly events: readonly ConnectionEvent[];
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
}

/** A connection can be tried on many backends and wait as often: the rest is left out. */
const maxEvents = 64;

/** Notes what happens to one connection. There is none while traces are off. */
export class ConnectionRecorder {
  readonly #events: ConnectionEvent[] = [];

  note(name: ConnectionEvent['name'], about: Pick<ConnectionEvent, 'slot' | 'reason'> = {}): void {
    if (this.#events.length < maxEvents) this.#events.push({ name, atMs: Date.now(), ...about });
  }

  /** What was noted, at the end of the connection. */
  finish(connection: Omit<ConnectionTrace, 'events' | 'endedAtMs'>): ConnectionTrace {
    return { ...connection, endedAtMs: Date.now(), events: this.#events };
  }
}
