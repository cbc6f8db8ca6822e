import { describe, expect, it } from 'vitest';
import { timelineEventsOf } from '../../src/console/cluster-timeline.ts';
import type { ClusterEvent } from '../../src/observe/event-log.ts';

const at = '2026-01-01T00:00:00.000Z';

/** Who, and what became of him, on the timeline of coordinator-1. */
function shown(event: ClusterEvent): string[] {
  return timelineEventsOf({ ...event, number: 7, at }, 'coordinator-1').map(({ subject, kind, detail }) =>
    `${subject} ${kind} ${detail}`.trim(),
  );
}

describe('the log of a coordinator on the timeline', () => {
  it('tells of each voter what became of it, under an id of its own', () => {
    const event: ClusterEvent = {
      type: 'voters',
      index: 12,
      changes: [
        { id: 'coordinator-1', change: 'removed' },
        { id: 'coordinator-4', change: 'added' },
        { id: 'coordinator-4', change: 'promoted' },
        { id: 'coordinator-2', change: 'moved' },
        { id: 'coordinator-3', change: 'disk-known' },
        { id: 'coordinator-3', change: 'disk-replaced' },
      ],
      members: [],
    };
    expect(shown(event)).toEqual([
      'coordinator-1 voter-removed',
      'coordinator-4 voter-added',
      'coordinator-4 voter-promoted',
      'coordinator-2 voter-moved',
      'coordinator-3 voter-disk-replaced',
    ]);
    const ids = timelineEventsOf({ ...event, number: 7, at }, 'coordinator-1').map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toBe('coordinator-1/7/coordinator-1/removed');
  });

  it('tells of leaders and members', () => {
    expect(shown({ type: 'leader', leaderId: 'coordinator-2', term: 4 })).toEqual([
      'coordinator-2 elected 4',
    ]);
    expect(shown({ type: 'leader', leaderId: null, term: 5 })).toEqual(['coordinator-1 leaderless 5']);
    const member = { type: 'member', id: 'coordinator-3', host: 'c', port: 1 } as const;
    expect(shown({ ...member, change: 'alive' })).toEqual(['coordinator-3 recovered']);
    expect(shown({ ...member, change: 'unheard-of' })).toEqual([]);
    expect(shown({ type: 'started' })).toEqual(['coordinator-1 started']);
  });
});
