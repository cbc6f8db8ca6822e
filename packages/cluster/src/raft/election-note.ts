import type { Entry, NodeId } from './raft-types.ts';

/**
 * Why there was an election.
 * - `start`: the group's first.
 * - `silence`: no leader was heard for an election timeout.
 * - `transfer`: the leader handed over.
 */
export const electionReasons = ['start', 'silence', 'transfer'] as const;
export type ElectionReason = (typeof electionReasons)[number];

/** What the no-op that opens a term says of it, for people. Nothing is decided by it. */
export interface ElectionNote {
  readonly term: number;
  readonly leaderId: NodeId;
  readonly reason: ElectionReason;
}

/** Data of a `noop` entry. */
export function encodeElection(leaderId: NodeId, reason: ElectionReason): string {
  return `${reason} ${leaderId}`;
}

/** Null for any other entry. */
export function electionIn({ kind, term, data }: Entry): ElectionNote | null {
  if (kind !== 'noop') return null;
  const gap = data.indexOf(' ');
  const reason = electionReasons.find((each) => each === data.slice(0, gap));
  return reason === undefined ? null : { term, leaderId: data.slice(gap + 1), reason };
}
