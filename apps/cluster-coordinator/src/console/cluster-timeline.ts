import type { TimelineEvent, TimelineKind } from '@hanok/console';
import type { LoggedEvent } from '../observe/event-log.ts';

const memberKinds: Readonly<Record<string, TimelineKind>> = {
  joined: 'joined',
  suspected: 'suspected',
  alive: 'recovered',
  dead: 'dead',
  left: 'left',
};

/** A line of this coordinator's log as the console's timeline shows it; null for what people need not see there. */
export function timelineEventOf(event: LoggedEvent, nodeId: string): TimelineEvent | null {
  const common = { id: `${nodeId}/${event.number}`, at: event.at, scope: 'coordinator' };
  switch (event.type) {
    case 'started':
    case 'stopped':
      return { ...common, kind: event.type, subject: nodeId, detail: '' };
    case 'leader':
      return event.leaderId === null
        ? { ...common, kind: 'leaderless', subject: nodeId, detail: String(event.term) }
        : { ...common, kind: 'elected', subject: event.leaderId, detail: String(event.term) };
    case 'member': {
      const kind = memberKinds[event.change];
      return kind === undefined ? null : { ...common, kind, subject: event.id, detail: '' };
    }
    default: {
      const changes = event.changes.map(({ id, change }) => `${id} ${change}`).join(', ');
      return changes === '' ? null : { ...common, kind: 'changed', subject: 'voters', detail: changes };
    }
  }
}
