/** How far a client's connection has come. `waiting`: also for its first bytes. */
export type ConnectionState = 'waiting' | 'connecting' | 'relaying';

/** One client connection as its worker sees it. */
export interface LiveConnection {
  /** Rises with every connection of a worker. */
  readonly serial: number;
  /** Address of the client, or what a proxy before this one said of it. */
  readonly source: string;
  /** Slot of its backend; NO_BACKEND while it has none. */
  readonly slot: number;
  readonly state: ConnectionState;
  /** Wall-clock time, ms since the epoch. */
  readonly openedAtMs: number;
  /** Bytes moved, up to about a second ago. */
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
}

/** Which connections of a worker are asked for. */
export interface ConnectionQuery {
  /** Only those after this one. */
  readonly afterSerial: number;
  /** At most so many. */
  readonly limit: number;
  /** Only with the backend in this slot. */
  readonly slot: number | null;
  /** Only from this address, in its plain form. */
  readonly source: string | null;
}
