import type { TimelineEvent, TimelineKind } from '@hanok/console';
import type { LoggedEvent } from '../observe/event-log.ts';
import type { VoterChangeKind } from '../observe/voter-changes.ts';

const memberKinds: Readonly<Record<string, TimelineKind>> = {
  joined: 'joined',
  suspected: 'suspected',
  alive: 'recovered',
  dead: 'dead',
  left: 'left',
};

const voterKinds: Readonly<Partial<Record<VoterChangeKind, TimelineKind>>> = {
  added: 'voter-added',
  promoted: 'voter-promoted',
  removed: 'voter-removed',
  moved: 'voter-moved',
  'disk-replaced': 'voter-disk-replaced',
};

/** A line of this coordinator's log as the console's timeline shows it; nothing of what people need not see there. */
export function timelineEventsOf(event: LoggedEvent, nodeId: string): TimelineEvent[] {
  const common = { id: `${nodeId}/${event.number}`, at: event.at, scope: 'coordinator' };
  switch (event.type) {
    case 'started':
    case 'stopped':
      return [{ ...common, kind: event.type, subject: nodeId, detail: '' }];
    case 'leader':
      return event.leaderId === null
        ? [{ ...common, kind: 'leaderless', subject: nodeId, detail: String(event.term) }]
        : [{ ...common, kind: 'elected', subject: event.leaderId, detail: String(event.term) }];
    case 'member': {
      const kind = memberKinds[event.change];
      return kind === undefined ? [] : [{ ...common, kind, subject: event.id, detail: '' }];
    }
    default:
      return event.changes.flatMap(({ id, change }) => {
        const kind = voterKinds[change];
        return kind === undefined
          ? []
          : [{ ...common, id: `${common.id}/${id}/${change}`, kind, subject: id, detail: '' }];
      });
  }
}
