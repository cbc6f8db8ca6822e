/** A line of a service's log as a person reads it. */
export interface ReadableLine {
  readonly level: LogLevel;
  readonly text: string;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Pino's numeric levels. */
const LEVELS: Readonly<Record<number, LogLevel>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Fields that are told elsewhere in the line or are the same on every line, and the settings, which are long. */
const HIDDEN_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg', 'v', 'config']);

/**
 * Turns a line a service wrote into a readable one: pino's JSON becomes time, message and
 * `key=value` fields; anything else is passed on as it is.
 */
export function readableLine(line: string, stream: 'stdout' | 'stderr'): ReadableLine {
  const entry = line.startsWith('{') ? parseObject(line) : undefined;
  if (entry === undefined) return { level: stream === 'stderr' ? 'error' : 'info', text: line };
  const parts = [timeOfDay(entry['time']), textOf(entry['msg']), ...fields(entry)];
  return {
    level: LEVELS[Number(entry['level'])] ?? 'info',
    text: parts.filter((part) => part !== '').join(' '),
  };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function timeOfDay(time: unknown): string {
  const date = typeof time === 'string' || typeof time === 'number' ? new Date(time) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(11, 23);
}

function fields(entry: Record<string, unknown>): string[] {
  return Object.entries(entry)
    .filter(([key]) => !HIDDEN_FIELDS.has(key))
    .map(([key, value]) => `${key}=${fieldText(key, value)}`);
}

function fieldText(key: string, value: unknown): string {
  if (key === 'err' && typeof value === 'object' && value !== null) return errorText(value);
  return textOf(value);
}

/** An error's stack keeps its lines: it is read top to bottom. */
function errorText(error: object): string {
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  return textOf(stack ?? message);
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
