import type { Election } from '@hanok/cluster';
import type { MemberDirectory } from '../cluster/member.ts';
import type { EventLog } from './event-log.ts';

/** Writes down every change of the leader and the members. @returns what ends it. */
export function logEvents(log: EventLog, election: Election, members: MemberDirectory): () => void {
  const unobserve = election.observe(({ leaderId, term }) => log.record({ type: 'leader', leaderId, term }));
  const unwatch = members.watch((change, { id, host, port }) =>
    log.record({ type: 'member', change, id, host, port }),
  );
  return () => {
    unobserve();
    unwatch();
  };
}
