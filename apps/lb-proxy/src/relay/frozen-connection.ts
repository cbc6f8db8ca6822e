import type { Ending } from '../data-plane/outcomes.ts';

/** One side of a frozen connection: its socket and what this process knows of it beyond the kernel. */
export interface FrozenLeg {
  readonly descriptor: number;
  /** Bytes for this side that the kernel has not taken yet; null for none. */
  readonly pending: Uint8Array | null;
  /** Not reading until the other side has taken what it was given. */
  readonly paused: boolean;
  readonly readEnded: boolean;
  readonly finishing: boolean;
  readonly closeWhenFlushed: boolean;
}

/** All there is to know of a relayed connection, for another process to go on with it. Durations, as clocks differ. */
export interface FrozenConnection {
  readonly source: string;
  /** Null: this side is closed already. */
  readonly client: FrozenLeg | null;
  readonly backend: FrozenLeg | null;
  readonly ending: Ending;
  readonly halfClosed: boolean;
  readonly idleMs: number;
  readonly connectMs: number;
  /** Since the request whose answer is awaited; 0 when none is. */
  readonly askedMs: number;
  readonly clientSpoke: boolean;
}
