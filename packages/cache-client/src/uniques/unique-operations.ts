import type { Kind } from '../memory/keyspace.ts';
import { flag, integer } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { HyperLogLog } from './hyper-log-log.ts';

export const uniquesKind: Kind<HyperLogLog> = {
  name: 'uniques',
  sizeBytes: (counted) => counted.sizeBytes,
  freeze: (counted) => counted.toJson(),
  thaw: (frozen) => HyperLogLog.fromJson(frozen as ReturnType<HyperLogLog['toJson']>),
};

/** Keys: all time, and the day. Arguments: ms until the day goes, members. True when the day's count may have changed. */
export const addUniques: Operation<boolean> = {
  name: 'uniques-add',
  effect: 'grows',
  redis: {
    lua: `
local members = {}
for i = 2, #ARGV do members[i - 1] = ARGV[i] end
redis.call('PFADD', KEYS[1], unpack(members))
local changed = redis.call('PFADD', KEYS[2], unpack(members))
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return changed`,
  },
  memory: (space, [allKey = '', dayKey = ''], [lastMs = '', ...members]) => {
    const all = space.read(uniquesKind, allKey) ?? new HyperLogLog();
    const day = space.read(uniquesKind, dayKey) ?? new HyperLogLog();
    let changed = 0;
    for (const member of members) {
      all.add(member);
      if (day.add(member)) changed = 1;
    }
    space.write(uniquesKind, allKey, all, undefined);
    space.write(uniquesKind, dayKey, day, Number(lastMs));
    return changed;
  },
  decode: flag,
};

/** How many different members the keys hold together. */
export const countUniques: Operation<number> = {
  name: 'uniques-count',
  effect: 'reads',
  redis: { command: (keys) => ['PFCOUNT', ...keys] },
  memory: (space, keys) => {
    const union = new HyperLogLog();
    for (const key of keys) {
      const counted = space.read(uniquesKind, key);
      if (counted !== undefined) union.merge(counted);
    }
    return union.count();
  },
  decode: integer,
};

export const uniqueOperations = [addUniques, countUniques] as const;
