import type { Kind } from '../memory/keyspace.ts';
import { integer, list } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';

/** What each source said last, and until when that holds (wall clock, ms since the epoch). */
type Readings = Map<string, { readonly value: number; readonly untilMs: number }>;

export const readingsKind: Kind<Readings> = {
  name: 'gauge',
  sizeBytes: (readings) => readings.size * 120,
  freeze: (readings) => [...readings],
  thaw: (frozen) => new Map(frozen as [string, { value: number; untilMs: number }][]),
};

/** In a Redis hash: a source to `value until`. What to do with an outdated one is put in. */
const addUpLua = (outdated: string): string => `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local sum, sources = 0, 0
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local value, untilMs = string.match(fields[i + 1], '^(%S+) (%S+)$')
  if tonumber(untilMs) > now then
    sum, sources = sum + tonumber(value), sources + 1
  else
    ${outdated}
  end
end
`;

/** Arguments: source, value, ms it holds for, most sources. 1 when noted, 0 when there are too many sources. */
export const noteReading: Operation<boolean> = {
  name: 'gauge-note',
  effect: 'grows',
  redis: {
    lua: `${addUpLua(`redis.call('HDEL', KEYS[1], fields[i])`)}
if sources >= tonumber(ARGV[4]) and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. string.format('%.0f', now + tonumber(ARGV[3])))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`,
  },
  memory: (space, [key = ''], [source = '', value = '', ttl = '', maxSources = '']) => {
    const now = space.clock.now();
    const readings: Readings = space.read(readingsKind, key) ?? new Map();
    dropOutdated(readings, now);
    if (readings.size >= Number(maxSources) && !readings.has(source)) return 0;
    readings.set(source, { value: Number(value), untilMs: now + Number(ttl) });
    space.write(readingsKind, key, readings, Math.max(Number(ttl), space.ttlMs(key) ?? 0));
    return 1;
  },
  decode: (reply) => integer(reply) !== 0,
};

/** The sum over the sources that are still heard of, and how many they are. */
export const readGauge: Operation<{ readonly value: number; readonly sources: number }> = {
  name: 'gauge-read',
  effect: 'reads',
  redis: { lua: `${addUpLua('')}\nreturn { string.format('%.0f', sum), sources }` },
  memory: (space, [key = '']) => {
    const now = space.clock.now();
    const readings = [...(space.read(readingsKind, key)?.values() ?? [])].filter(
      ({ untilMs }) => untilMs > now,
    );
    return [readings.reduce((sum, { value }) => sum + value, 0), readings.length];
  },
  decode: (reply) => {
    const [value, sources] = list(reply);
    return { value: integer(value), sources: integer(sources) };
  },
};

/** Argument: source. True when it had said something. */
export const withdrawReading: Operation<boolean> = {
  name: 'gauge-withdraw',
  effect: 'changes',
  redis: { command: ([key = ''], [source = '']) => ['HDEL', key, source] },
  memory: (space, [key = ''], [source = '']) => (space.read(readingsKind, key)?.delete(source) ? 1 : 0),
  decode: (reply) => integer(reply) !== 0,
};

export const gaugeOperations = [noteReading, readGauge, withdrawReading] as const;

function dropOutdated(readings: Readings, nowMs: number): void {
  for (const [source, { untilMs }] of readings) if (untilMs <= nowMs) readings.delete(source);
}
