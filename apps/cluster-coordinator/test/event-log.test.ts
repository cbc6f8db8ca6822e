import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@hanok/service-kit';
import { eventually, temporaryFolder } from '@hanok/testkit';
import { describe, expect, test } from 'vitest';
import { openEventLogFile } from '../src/observe/event-log-file.ts';
import { EventLog, keptEvents } from '../src/observe/event-log.ts';
import { CoordinatorGroup } from './support/coordinators.ts';
import { SingleCoordinator } from './support/single-coordinator.ts';

const options = { clock: systemClock, logger: silentLogger };

async function open(folder: string): Promise<EventLog> {
  const { file, records } = await openEventLogFile(folder);
  return new EventLog({ ...options, file }, records);
}

describe('the log of events', () => {
  test('goes on where it was after a restart, also after a line that a crash cut short', async () => {
    await using folder = temporaryFolder();
    const first = await open(folder.path);
    first.record({ type: 'started' });
    first.record({ type: 'leader', leaderId: 'a', term: 3 });
    await first.settled();
    await appendFile(join(folder.path, 'events.jsonl'), '{"number":3,"type":"lea');
    const second = await open(folder.path);
    second.record({ type: 'leader', leaderId: null, term: 3 });
    await second.settled();
    const third = await open(folder.path);
    expect(third.list(10)).toMatchObject([
      { number: 3, type: 'leader', leaderId: null, term: 3 },
      { number: 2, type: 'leader', leaderId: 'a', term: 3 },
      { number: 1, type: 'started', at: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
  });

  test('is bounded, in memory and on the disk', async () => {
    await using folder = temporaryFolder();
    const log = await open(folder.path);
    for (let term = 1; term <= 20_000; term += 1) {
      log.record({ type: 'leader', leaderId: `coordinator-${term % 3}`, term });
      if (term % 500 === 0) await log.settled();
    }
    expect(log.list(Infinity)).toHaveLength(keptEvents);
    const sizes = await Promise.all(
      ['events.jsonl', 'events.old.jsonl'].map(async (name) => (await stat(join(folder.path, name))).size),
    );
    expect(Math.max(...sizes)).toBeLessThan(700 * 1024);
    const again = await open(folder.path);
    expect(again.list(1)).toMatchObject([{ number: 20_000, term: 20_000 }]);
    expect(again.list(Infinity)).toHaveLength(keptEvents);
  });

  test('goes on in memory when the disk fails', async () => {
    await using folder = temporaryFolder();
    const log = await open(join(folder.path, 'gone'));
    await folder.remove();
    log.record({ type: 'started' });
    await log.settled();
    log.record({ type: 'stopped' });
    await log.settled();
    expect(log.list(10).map(({ type }) => type)).toEqual(['stopped', 'started']);
  });
});

test('GET /v1/history pages through it, the newest first', async () => {
  await using coordinator = await SingleCoordinator.start();
  const member = { id: 'coordinator-2', host: '127.0.0.1', port: 7_102, state: 'dead' } as const;
  coordinator.members.change('suspected', member);
  coordinator.members.change('dead', member);
  const first = (await coordinator.call('GET', '/v1/history?limit=1')).body;
  expect(first['items']).toMatchObject([
    { type: 'member', change: 'dead', id: 'coordinator-2', port: 7_102 },
  ]);
  const rest = (await coordinator.call('GET', `/v1/history?cursor=${String(first['nextCursor'])}`)).body;
  expect(rest).toMatchObject({ nextCursor: null });
  expect((rest['items'] as { type: string }[]).map(({ type }) => type)).toContain('leader');
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'cursor=0', 'other=1']) {
    expect((await coordinator.call('GET', `/v1/history?${query}`)).status, query).toBe(400);
  }
});

test('a real coordinator tells what it saw before it was killed', async () => {
  await using group = await CoordinatorGroup.start(3);
  const leader = await group.leader();
  const [other] = group.without(leader);
  if (other === undefined) throw new Error('three were started');
  const historyOf = async () =>
    (await other.get<{ items: Record<string, unknown>[] }>('/v1/history?limit=1000')).items;
  await leader.kill();
  await eventually(
    async () => {
      expect(await historyOf()).toContainEqual(
        expect.objectContaining({ type: 'member', change: 'dead', id: leader.id }),
      );
    },
    { timeoutMs: 60_000 },
  );
  const before = await historyOf();
  const terms = before.flatMap(({ type, term, leaderId }) =>
    type === 'leader' && leaderId !== null ? [term] : [],
  );
  expect(new Set(terms).size).toBeGreaterThan(1);
  // What was answered is with the system by now, or a moment later.
  await eventually(async () => {
    const lines = (await readFile(join(other.dataDir, 'events.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(before.length);
  });
  await other.kill();
  await Promise.all([leader.start('alive'), other.start('alive')]);
  const after = await historyOf();
  expect(after.slice(-before.length)).toEqual(before);
  expect(after.filter(({ type }) => type === 'started')).toHaveLength(2);
});
