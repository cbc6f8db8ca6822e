import { expect, it } from 'vitest';
import { lastTurnBy, parseSchedule, turnAfter } from '../../src/seasons/schedule.ts';

const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

it.each([
  [
    'Monday, midnight in Seoul',
    '0 0 * * 1',
    'Asia/Seoul',
    '2026-03-01T15:00:00Z',
    '2026-03-08T15:00:00.000Z',
  ],
  [
    'each day at 4, the night the clocks go forward',
    '0 4 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00:00Z',
    '2026-03-29T02:00:00.000Z',
  ],
  [
    'each day at 4, the night the clocks go back',
    '0 4 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00:00Z',
    '2026-10-25T03:00:00.000Z',
  ],
  [
    'in an hour that is left out: as the clocks go forward',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00:00Z',
    '2026-03-29T01:00:00.000Z',
  ],
  [
    'an hour that comes twice: the first',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00:00Z',
    '2026-10-25T00:30:00.000Z',
  ],
])('turns %s', (_, cron, timeZone, after, expected) => {
  expect(iso(turnAfter(parseSchedule({ cron, timeZone }), Date.parse(after)))).toBe(expected);
});

it('knows the last turn, however long ago, and whether there was one', () => {
  const last = (cron: string, now: string) => iso(lastTurnBy(parseSchedule({ cron }), Date.parse(now)));
  expect(last('* * * * *', '2026-05-05T05:05:59Z')).toBe('2026-05-05T05:05:00.000Z');
  expect(last('0 0 1 * *', '2026-05-31T23:59:59Z')).toBe('2026-05-01T00:00:00.000Z');
  expect(last('0 0 1 * *', '2026-05-01T00:00:00Z')).toBe('2026-05-01T00:00:00.000Z');
  expect(last('0 0 29 2 *', '2027-06-01T00:00:00Z')).toBe('2024-02-29T00:00:00.000Z');
});

it.each([
  ['cron', { cron: 'every day' }],
  ['cron', { cron: '0 0 0 * * *' }],
  ['cron', { cron: `0 0 ${'1,'.repeat(100)}1 * *` }],
  ['timeZone', { cron: '0 0 * * *', timeZone: 'Mars/Olympus' }],
])('refuses a bad %s', (field, schedule) => {
  expect(() => parseSchedule(schedule)).toThrow(expect.objectContaining({ code: 'invalid', field }));
});
