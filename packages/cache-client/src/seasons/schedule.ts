import { Cron } from 'croner';
import { CacheError } from '../errors.ts';

/** When the seasons of a board end and the next begin. */
export interface SeasonSchedule {
  /** Five fields, as in crontab(5): `0 0 * * 1` is Monday, midnight. */
  readonly cron: string;
  /** IANA name, such as `Asia/Seoul`. Default `UTC`. Daylight-saving changes are followed. */
  readonly timeZone?: string;
}

const longestCron = 100;
const firstLookBackMs = 60_000;
/** Schedules that did not turn within it (29 February) are taken as not having turned. */
const longestLookBackMs = 5 * 366 * 86_400_000;

/** @throws CacheError `invalid` naming `cron` or `timeZone` */
export function parseSchedule({ cron, timeZone = 'UTC' }: SeasonSchedule): Cron {
  try {
    Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new CacheError('invalid', `there is no time zone ${timeZone}`, {
      field: 'timeZone',
      rule: 'format',
      cause,
    });
  }
  try {
    if (cron.length > longestCron) throw new RangeError(`at most ${longestCron} characters`);
    return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CacheError('invalid', `cron must be five fields of crontab: ${why}`, {
      field: 'cron',
      rule: 'format',
      cause,
    });
  }
}

/** The first turn after a moment, ms since the epoch; undefined when there is none. */
export function turnAfter(schedule: Cron, ms: number): number | undefined {
  return schedule.nextRun(new Date(ms))?.getTime();
}

/** The last turn that is not after a moment, ms since the epoch; undefined when there was none in five years. */
export function lastTurnBy(schedule: Cron, ms: number): number | undefined {
  for (let lookBackMs = firstLookBackMs; lookBackMs <= longestLookBackMs; lookBackMs *= 2) {
    let turn = turnAfter(schedule, ms - lookBackMs);
    if (turn === undefined || turn > ms) continue;
    for (
      let next = turnAfter(schedule, turn);
      next !== undefined && next <= ms;
      next = turnAfter(schedule, turn)
    ) {
      turn = next;
    }
    return turn;
  }
  return undefined;
}
