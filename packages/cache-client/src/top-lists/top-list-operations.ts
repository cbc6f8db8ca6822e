import { CacheError } from '../errors.ts';
import type { Kind } from '../memory/keyspace.ts';
import { integer, list, text } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { SpaceSaving, type Frequent } from './space-saving.ts';

export const topListKind: Kind<SpaceSaving> = {
  name: 'top list',
  sizeBytes: (frequent) => frequent.size * 120,
  freeze: (frequent) => frequent.toJson(),
  thaw: (frozen) => SpaceSaving.fromJson(frozen as ReturnType<SpaceSaving['toJson']>),
};

/** Keys: the list (counts), its errors. Arguments: capacity, ms until an idle list goes, member, by. Its count. */
export const countMember: Operation<number> = {
  name: 'top-list-count',
  effect: 'grows',
  redis: {
    lua: `
local capacity, member, by = tonumber(ARGV[1]), ARGV[3], tonumber(ARGV[4])
local held = redis.call('ZSCORE', KEYS[1], member)
local count = by + (tonumber(held or '0'))
if not held and redis.call('ZCARD', KEYS[1]) >= capacity then
  local least = redis.call('ZPOPMIN', KEYS[1])
  redis.call('HDEL', KEYS[2], least[1])
  redis.call('HSET', KEYS[2], member, least[2])
  count = count + tonumber(least[2])
end
if count > 9007199254740991 then return redis.error_reply('OUTOFRANGE the count leaves 2^53 - 1') end
redis.call('ZADD', KEYS[1], count, member)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return string.format('%.0f', count)`,
  },
  memory: (space, [key = ''], [capacity = '', idleMs = '', member = '', by = '']) => {
    const frequent = space.read(topListKind, key) ?? new SpaceSaving();
    const count = frequent.add(member, Number(by), Number(capacity));
    if (!Number.isSafeInteger(count)) throw new CacheError('out_of_range', 'the count leaves 2^53 - 1');
    space.write(topListKind, key, frequent, Number(idleMs));
    return count;
  },
  decode: integer,
};

/** Keys: the list, its errors. Argument: how many. */
export const topMembers: Operation<readonly Frequent[]> = {
  name: 'top-list-read',
  effect: 'reads',
  redis: {
    lua: `
local rows = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')
local reply = {}
for i = 1, #rows, 2 do
  reply[#reply + 1] = { rows[i], rows[i + 1], redis.call('HGET', KEYS[2], rows[i]) or '0' }
end
return reply`,
  },
  memory: (space, [key = ''], [count = '']) =>
    (space.read(topListKind, key)?.top(Number(count)) ?? []).map((each) => [
      each.member,
      each.count,
      each.error,
    ]),
  decode: (reply) =>
    list(reply).map((row) => {
      const [member, count, error] = list(row);
      return { member: text(member), count: integer(count), error: integer(error) };
    }),
};

export const topListOperations = [countMember, topMembers] as const;
