import type { Entry } from '../raft-types.ts';

/**
 * What Raft replicates. Every node applies the same entries in the same order and must come to the same state, so
 * nothing may depend on anything but the entries: no clock, no chance, no environment.
 */
export interface StateMachine {
  /** @returns the answer for the proposer, if this node is the one. Must not throw: a bad command is an answer. */
  apply(entry: Entry): unknown;
  /** The whole state as text, small enough for one message (64 MiB). */
  snapshot(): string;
  /** Replaces the state with that of a snapshot. */
  restore(data: string): void;
}
