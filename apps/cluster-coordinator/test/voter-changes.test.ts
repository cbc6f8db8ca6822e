import type { GroupMember } from '@hanok/cluster';
import { silentLogger, systemClock } from '@hanok/service-kit';
import { describe, expect, test } from 'vitest';
import { EventLog } from '../src/observe/event-log.ts';
import { logEvents } from '../src/observe/log-events.ts';
import { voterChanges } from '../src/observe/voter-changes.ts';
import { SingleCoordinator, StatedMembers } from './support/single-coordinator.ts';

const member = (id: string, change: Partial<GroupMember> = {}): GroupMember => ({
  id,
  host: '10.0.0.1',
  port: 7_101,
  storageId: `disk-${id}`,
  voting: true,
  ...change,
});

describe('what became of the voters', () => {
  const [a, b] = [member('a'), member('b')];
  test.each([
    ['nothing', [a, b], []],
    ['a learner', [a, b, member('c', { voting: false })], [{ id: 'c', change: 'added' }]],
    ['a removal', [a], [{ id: 'b', change: 'removed' }]],
    ['another address', [a, member('b', { port: 1 })], [{ id: 'b', change: 'moved' }]],
    ['another disk', [a, member('b', { storageId: 'new' })], [{ id: 'b', change: 'disk-replaced' }]],
    [
      'a voter that was added anew, seen late',
      [a, member('b', { storageId: null, voting: false })],
      [
        { id: 'b', change: 'removed' },
        { id: 'b', change: 'added' },
        { id: 'b', change: 'disk-replaced' },
      ],
    ],
    [
      'a new voter, seen late',
      [a, b, member('c')],
      [
        { id: 'c', change: 'added' },
        { id: 'c', change: 'promoted' },
      ],
    ],
  ])('%s', (_, after, expected) => {
    expect(voterChanges([a, b], after)).toEqual(expected);
  });

  test('a disk that is known for the first time, and a promotion', () => {
    const learner = member('c', { storageId: null, voting: false });
    expect(voterChanges([learner], [{ ...learner, storageId: 'x' }])).toEqual([
      { id: 'c', change: 'disk-known' },
    ]);
    expect(voterChanges([learner], [{ ...learner, voting: true }])).toEqual([
      { id: 'c', change: 'promoted' },
    ]);
  });
});

test('what was told before a restart is not written down again', async () => {
  await using coordinator = await SingleCoordinator.start();
  const log = new EventLog({ clock: systemClock, logger: silentLogger, file: null });
  const begin = (index: number, members: GroupMember[]) =>
    logEvents(log, {
      election: coordinator.coordination.election,
      members: new StatedMembers(),
      observeGroup: (listener) => {
        listener({ index, members });
        return () => undefined;
      },
    })();
  begin(0, [member('a')]);
  begin(5, [member('a'), member('b', { voting: false })]);
  begin(5, [member('a'), member('b', { voting: false })]);
  begin(0, [member('a')]);
  begin(6, [member('a'), member('b', { voting: false })]);
  begin(7, [member('a'), member('b')]);
  const voters = log.list(100).filter(({ type }) => type === 'voters');
  expect(voters.map((event) => ('changes' in event ? [event.index, event.changes] : null))).toEqual([
    [7, [{ id: 'b', change: 'promoted' }]],
    [5, [{ id: 'b', change: 'added' }]],
    [0, []],
  ]);
});
