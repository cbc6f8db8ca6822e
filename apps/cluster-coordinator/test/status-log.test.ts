import { createLogger, type Logger } from '@hanok/service-kit';
import { SimulatedClock } from '@hanok/testkit';
import { expect, test, vi } from 'vitest';
import { logStatus, type LoggedStatus } from '../src/observe/status-log.ts';

const status: LoggedStatus = {
  nodeId: 'coordinator-1',
  leaderId: 'coordinator-2',
  term: 3,
  stale: false,
  nodes: [
    { id: 'coordinator-1', role: 'follower', alive: true, state: 'alive' },
    { id: 'player-service-1', role: 'worker', alive: false, state: 'dead' },
  ],
};

function listen(read: () => LoggedStatus, intervalMs: number) {
  const clock = new SimulatedClock();
  const logger: Logger = createLogger({ name: 'test', level: 'silent' });
  const lines: string[] = [];
  vi.spyOn(logger, 'info').mockImplementation((line: unknown) => void lines.push(String(line)));
  return { clock, lines, stop: logStatus(read, intervalMs, { clock, logger }) };
}

test('tells the leader, the term and every node, when something has changed', async () => {
  let current = status;
  const { clock, lines, stop } = listen(() => current, 10_000);
  await clock.advance(30_000);
  expect(lines).toEqual([
    'coordinator-1: leader coordinator-2, term 3, 1 of 2 alive; coordinator-1 follower alive; player-service-1 worker dead',
  ]);
  current = { ...status, leaderId: null, stale: true };
  await clock.advance(10_000);
  expect(lines.at(-1)).toMatch(/^coordinator-1 \(out of touch\): no leader, term 3/);
  stop();
  current = status;
  await clock.advance(20_000);
  expect(lines).toHaveLength(2);
});

test('0 tells nothing', async () => {
  const { clock, lines } = listen(() => status, 0);
  await clock.advance(60_000);
  expect(lines).toEqual([]);
});
