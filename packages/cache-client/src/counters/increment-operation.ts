import { CacheError } from '../errors.ts';
import { stringKind } from '../strings/string-operations.ts';
import { integer } from '../store/decode.ts';
import type { Keyspace } from '../memory/keyspace.ts';
import type { Operation } from '../store/operation.ts';

/**
 * Lua for "add to the integer at a key", refusing what JSON numbers cannot carry: Lua numbers are doubles, so
 * ±(2^53 - 1) is also where Redis scripts stop being exact.
 */
export const addExactlyLua = `
local function addExactly(key, by)
  local held = redis.call('GET', key)
  local before = 0
  if held then
    before = tonumber(held)
    if not before or not string.match(held, '^%-?%d+$') then return nil, 'WRONGTYPE the value is not an integer' end
  end
  local after = before + by
  if after > 9007199254740991 or after < -9007199254740991 then return nil, 'OUTOFRANGE the sum leaves 2^53 - 1' end
  redis.call('INCRBY', key, string.format('%.0f', by))
  return after
end
`;

/** The same in memory. @throws CacheError `out_of_range` or `wrong_type`. */
export function addExactly(space: Keyspace, key: string, by: number): number {
  const held = space.read(stringKind, key);
  if (held !== undefined && !/^-?\d+$/.test(held)) {
    throw new CacheError('wrong_type', 'the value is not an integer');
  }
  const after = Number(held ?? '0') + by;
  if (!Number.isSafeInteger(after)) throw new CacheError('out_of_range', 'the sum leaves ±(2^53 - 1)');
  space.update(stringKind, key, String(after));
  return after;
}

/** Arguments: the amount; TTL in ms of a key that this begins, or ''. Keeps the TTL of any other. */
export const incrementOperation: Operation<number> = {
  name: 'increment',
  effect: 'grows',
  redis: {
    lua: `${addExactlyLua}
local begins = ARGV[2] and ARGV[2] ~= '' and redis.call('EXISTS', KEYS[1]) == 0
local after, problem = addExactly(KEYS[1], tonumber(ARGV[1]))
if problem then return redis.error_reply(problem) end
if begins then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return string.format('%.0f', after)`,
  },
  memory: (space, [key = ''], [by = '0', ttlMs = '']) => {
    const begins = ttlMs !== '' && !space.has(key);
    const after = addExactly(space, key, Number(by));
    if (begins) space.write(stringKind, key, String(after), Number(ttlMs));
    return after;
  },
  decode: integer,
};
