/** A daily or weekly turn by the clock on the wall of a time zone. */
export interface WallTurn {
  readonly timeZone: string;
  readonly hour: number;
  readonly minute: number;
  /** 0 (Sunday) to 6; undefined for each day. */
  readonly weekday: number | undefined;
}

/** Turns, and what clocks change by, are multiples of it. */
const stepMs = 900_000;
const dayMs = 86_400_000;

/** Minutes of the local day and the local date, as a calendar on the wall shows them. */
function wallAt(timeZone: string, ms: number): { date: string; minutes: number; weekday: number } {
  const parts = formatOf(timeZone).formatToParts(new Date(ms));
  const value = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  const date = `${value('year')}-${value('month')}-${value('day')}`;
  return {
    date,
    minutes: Number(value('hour')) * 60 + Number(value('minute')),
    weekday: new Date(`${date}T00:00:00Z`).getUTCDay(),
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const fields = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', ...fields });
  formats.set(timeZone, format);
  return format;
}

/**
 * The turns in a stretch of time, found by looking at the wall each quarter of an hour: on each day that counts, the
 * first look at or after the one that is meant. So an hour that is left out turns as the clocks go forward, and one that
 * comes twice turns the first time.
 */
export function naiveTurns(turn: WallTurn, fromMs: number, toMs: number): number[] {
  const turns: number[] = [];
  const begunMs = fromMs - 2 * dayMs;
  let doneOn = wallAt(turn.timeZone, begunMs).date;
  for (let ms = Math.ceil(begunMs / stepMs) * stepMs; ms <= toMs; ms += stepMs) {
    const { date, minutes, weekday } = wallAt(turn.timeZone, ms);
    if (date === doneOn || minutes < turn.hour * 60 + turn.minute) continue;
    doneOn = date;
    if (turn.weekday === undefined || weekday === turn.weekday) turns.push(ms);
  }
  return turns.filter((ms) => ms > fromMs && ms <= toMs);
}
