import { CacheError } from '../errors.ts';
import type { Kind } from '../memory/keyspace.ts';
import { integer, list } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { addExactly, addExactlyLua } from './increment-operation.ts';
import { bucketsAt, keepMs, parseBucket, units } from './windows.ts';

/** What a counter counted lately: bucket names such as `m29171` to amounts. */
export const windowsKind: Kind<Map<string, number>> = {
  name: 'windows',
  sizeBytes: (windows) => windows.size * 40,
  freeze: (windows) => [...windows],
  thaw: (frozen) => new Map(frozen as [string, number][]),
};

function isOld(bucket: string, nowMs: number): boolean {
  const { unit, start } = parseBucket(bucket);
  return start + units[unit].sizeMs * units[unit].kept <= nowMs;
}

/**
 * Adds to a counter (first key) and to its current minute, hour and day (second key), all or nothing.
 * Arguments: amount, now in ms, how long the windows last after that, then the current buckets.
 */
export const countOperation: Operation<number> = {
  name: 'count',
  effect: 'grows',
  redis: {
    lua: `${addExactlyLua}
local by, now = tonumber(ARGV[1]), tonumber(ARGV[2])
local isNew = false
for i = 4, #ARGV do
  local held = redis.call('HGET', KEYS[2], ARGV[i])
  if not held then isNew = true end
  if math.abs((tonumber(held or '0')) + by) > 9007199254740991 then
    return redis.error_reply('OUTOFRANGE the sum leaves 2^53 - 1')
  end
end
local after, problem = addExactly(KEYS[1], by)
if problem then return redis.error_reply(problem) end
for i = 4, #ARGV do redis.call('HINCRBY', KEYS[2], ARGV[i], string.format('%.0f', by)) end
if isNew then
  local lasts = { ${Object.values(units)
    .map(({ letter, sizeMs, kept }) => `${letter} = { ${sizeMs}, ${kept} }`)
    .join(', ')} }
  for _, bucket in ipairs(redis.call('HKEYS', KEYS[2])) do
    local unit = lasts[string.sub(bucket, 1, 1)]
    if (tonumber(string.sub(bucket, 2)) + unit[2]) * unit[1] <= now then redis.call('HDEL', KEYS[2], bucket) end
  end
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return string.format('%.0f', after)`,
  },
  memory: (space, [key = '', windowsKey = ''], [amount = '', now = '', lastMs = '', ...buckets]) => {
    const by = Number(amount);
    const windows = space.read(windowsKind, windowsKey) ?? new Map<string, number>();
    const sums = buckets.map((bucket) => [bucket, (windows.get(bucket) ?? 0) + by] as const);
    if (!sums.every(([, sum]) => Number.isSafeInteger(sum))) {
      throw new CacheError('out_of_range', 'the sum leaves ±(2^53 - 1)');
    }
    const after = addExactly(space, key, by);
    for (const [bucket, sum] of sums) windows.set(bucket, sum);
    for (const bucket of windows.keys()) if (isOld(bucket, Number(now))) windows.delete(bucket);
    space.write(windowsKind, windowsKey, windows, Number(lastMs));
    return after;
  },
  decode: integer,
};

/** Arguments: buckets. Resolves to the amount of each. */
export const readWindows: Operation<readonly number[]> = {
  name: 'count-windows',
  effect: 'reads',
  redis: { command: ([key = ''], buckets) => ['HMGET', key, ...buckets] },
  memory: (space, [key = ''], buckets) => {
    const windows = space.read(windowsKind, key);
    return buckets.map((bucket) => windows?.get(bucket) ?? null);
  },
  decode: (reply) => list(reply).map((amount) => integer(amount ?? 0)),
};

export const countOperations = [countOperation, readWindows] as const;

/** The operands of {@link countOperation} besides the keys. */
export function countArguments(by: number, nowMs: number): readonly (string | number)[] {
  return [by, nowMs, keepMs, ...bucketsAt(nowMs)];
}
