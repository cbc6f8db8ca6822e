import type { ConfigurationAt, Election } from '@hanok/cluster';
import type { MemberDirectory } from '../cluster/member.ts';
import type { EventLog } from './event-log.ts';
import { voterChanges } from './voter-changes.ts';

/** Tells of the voters and learners at once and after each change. @returns what ends it. */
export type ObserveGroup = (listener: (group: ConfigurationAt) => void) => () => void;

export interface LoggedSources {
  readonly election: Election;
  readonly members: MemberDirectory;
  /** Null with another engine than the embedded one. */
  readonly observeGroup: ObserveGroup | null;
}

/** Writes down every change of the leader, the members and the voters. @returns what ends it. */
export function logEvents(log: EventLog, { election, members, observeGroup }: LoggedSources): () => void {
  const ends = [
    election.observe(({ leaderId, term }) => log.record({ type: 'leader', leaderId, term })),
    members.watch((change, { id, host, port }) => log.record({ type: 'member', change, id, host, port })),
    observeGroup?.((group) => logVoters(log, group)),
  ];
  return () => {
    for (const end of ends) end?.();
  };
}

function logVoters(log: EventLog, { index, members }: ConfigurationAt): void {
  const last = log.lastVoters;
  // After a restart, the end of the replicated log may be told once more.
  if (last !== null && index <= last.index) return;
  const changes = last === null ? [] : voterChanges(last.members, members);
  if (last !== null && changes.length === 0) return;
  log.record({ type: 'voters', index, changes, members: [...members] });
}
