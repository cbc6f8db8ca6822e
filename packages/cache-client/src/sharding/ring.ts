import { createHash } from 'node:crypto';
import type { WeightedNode } from './rendezvous.ts';

/**
 * How far a change of the list of servers is, as each server has it written down:
 *
 * - `prepared`: some processes know the new list; everybody still uses the owners of the old one;
 * - `fencing`: processes that know only the old list are turned away; the owners are still the old ones;
 * - `moving`: the owners are those of the new list, which fetch each key from its old owner before they use it;
 * - `done`: no old owner has anything left.
 */
export type RingState = 'prepared' | 'fencing' | 'moving' | 'done';

/** What a server has written down about the lists of servers. */
export interface RingRecord {
  readonly state: RingState;
  /** Fingerprints of the new list and of the old one. */
  readonly current: string;
  readonly previous: string;
}

/** The lists one process was given. `previous` only while it takes part in a change. */
export interface RingLists {
  readonly current: string;
  readonly previous?: string | undefined;
}

/** A key every server has to itself, beside the keys it was given by the ring. */
export const ringKey = 'ring';

/** True for keys that are about the server they are on, so that they stay when others move. */
export function isLocalKey(key: string): boolean {
  return key === ringKey || key.startsWith('near:');
}

/** The same for the same names and weights, in whatever order. */
export function fingerprintOf(nodes: readonly WeightedNode[]): string {
  const text = nodes
    .map(({ name, weight }) => `${name}*${weight}`)
    .toSorted()
    .join(' ');
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

export function formatRecord({ state, current, previous }: RingRecord): string {
  return `${state} ${current} ${previous}`;
}

/** Undefined when it cannot be read. */
export function parseRecord(text: string): RingRecord | undefined {
  const [, state, current, previous] = /^(prepared|fencing|moving|done) (\S+) (\S+)$/.exec(text) ?? [];
  if (state === undefined || current === undefined || previous === undefined) return undefined;
  return { state: state as RingState, current, previous };
}

/** What a process with certain lists may do on a server with a certain record. */
export type Verdict =
  | 'admitted'
  /** Nothing is written down about this change yet: who takes part in it does. */
  | 'to be prepared'
  /** He knows only the old list, and the change has begun. */
  | 'outdated'
  /** He knows only the new list, and the old servers still have keys. */
  | 'early'
  /** His lists have nothing to do with those of the server. */
  | 'foreign';

export function judge(lists: RingLists, record: RingRecord | undefined): Verdict {
  if (record === undefined) return lists.previous === undefined ? 'admitted' : 'to be prepared';
  if (lists.previous === undefined) {
    if (lists.current === record.current) return record.state === 'done' ? 'admitted' : 'early';
    if (lists.current === record.previous) return record.state === 'prepared' ? 'admitted' : 'outdated';
    return 'foreign';
  }
  if (lists.current === record.current && lists.previous === record.previous) return 'admitted';
  return record.state === 'done' && lists.previous === record.current ? 'to be prepared' : 'foreign';
}
