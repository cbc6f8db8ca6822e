import type { GroupMember } from '@hanok/cluster';

/**
 * What became of one voter or learner.
 * - `added`: as a learner; `promoted`: it votes from here on; `removed`.
 * - `moved`: it listens elsewhere.
 * - `disk-known`: it has answered for the first time, and is held to that disk from here on.
 * - `disk-replaced`: it was taken out and added anew with another disk, while this coordinator did not look.
 */
export type VoterChangeKind = (typeof voterChangeKinds)[number];

export const voterChangeKinds = [
  'added',
  'promoted',
  'removed',
  'moved',
  'disk-known',
  'disk-replaced',
] as const;

interface VoterChange {
  readonly id: string;
  readonly change: VoterChangeKind;
}

type Members = readonly GroupMember[];

/** What lies between two lists of voters and learners. */
export function voterChanges(before: Members, after: Members): VoterChange[] {
  const gone = before.filter(({ id }) => !after.some((member) => member.id === id));
  return [
    ...gone.map(({ id }): VoterChange => ({ id, change: 'removed' })),
    ...after.flatMap((member) => {
      const known = before.find(({ id }) => id === member.id);
      return changesOf(known, member).map((change): VoterChange => ({ id: member.id, change }));
    }),
  ];
}

function changesOf(known: GroupMember | undefined, now: GroupMember): VoterChangeKind[] {
  if (known === undefined) return now.voting ? ['added', 'promoted'] : ['added'];
  const changes: VoterChangeKind[] = [];
  // Who votes is never made a learner: it was taken out and added anew.
  if (known.voting && !now.voting) changes.push('removed', 'added');
  if (!known.voting && now.voting) changes.push('promoted');
  if (known.host !== now.host || known.port !== now.port) changes.push('moved');
  if (known.storageId !== now.storageId) {
    changes.push(known.storageId === null ? 'disk-known' : 'disk-replaced');
  }
  return changes;
}
