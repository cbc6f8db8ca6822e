import { flag, integer, optionalText } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { stringKind } from '../strings/string-operations.ts';
import { mayCarry, tokenOf } from './entry.ts';

/**
 * Leases for cache fills, after "Scaling Memcache at Facebook" (Nishtala et al., NSDI 2013). The lease lives in
 * the key it is for, so whatever deletes the key (an invalidation, a pattern, FLUSHALL, expiry) also ends the
 * lease, and a value loaded before that can never be stored after it.
 */
const tokenOfLua = `
local function tokenOf(held)
  if held and string.find(held, '^[12]') and #held >= 24 then return string.sub(held, 3, 24) end
  return nil
end
local held = redis.call('GET', KEYS[1])
`;

/**
 * Arguments: a new token, the lease's ms, the token of an entry to replace (or ''). Resolves to undefined when
 * the lease was granted, else to the entry that is there. An entry of an unknown version counts as absent.
 */
export const leaseOperation: Operation<string | undefined> = {
  name: 'lease',
  effect: 'grows',
  redis: {
    lua: `${tokenOfLua}
local token = tokenOf(held)
if token and token ~= ARGV[3] then return held end
redis.call('SET', KEYS[1], '1L' .. ARGV[1], 'PX', ARGV[2])
return nil`,
  },
  memory: (space, [key = ''], [token = '', leaseMs = '', replaces = '']) => {
    const held = space.read(stringKind, key);
    if (held !== undefined && tokenOf(held) !== undefined && tokenOf(held) !== replaces) return held;
    space.write(stringKind, key, `1L${token}`, Number(leaseMs));
    return null;
  },
  decode: optionalText,
};

/**
 * Arguments: the token that must be there, the new entry, its TTL in ms. True when it was stored; false when
 * the lease or entry with that token is gone, so the value may be old and was not stored.
 */
export const fillOperation: Operation<boolean> = {
  name: 'fill',
  effect: 'grows',
  redis: {
    lua: `${tokenOfLua}
if tokenOf(held) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`,
  },
  memory: (space, [key = ''], [token = '', entry = '', ttlMs = '']) => {
    const held = space.read(stringKind, key);
    if (held === undefined || tokenOf(held) !== token) return 0;
    space.write(stringKind, key, entry, Number(ttlMs));
    return 1;
  },
  decode: flag,
};

/** Argument: the token. Gives a lease back unused, so that nobody waits for a load that failed. */
export const releaseOperation: Operation<boolean> = {
  name: 'release',
  effect: 'changes',
  redis: {
    lua: `if redis.call('GET', KEYS[1]) ~= '1L' .. ARGV[1] then return 0 end return redis.call('UNLINK', KEYS[1])`,
  },
  memory: (space, [key = ''], [token = '']) =>
    space.read(stringKind, key) === `1L${token}` && space.remove(key) ? 1 : 0,
  decode: flag,
};

export const dropTaggedLua = `
local gone = 0
for _, key in ipairs(KEYS) do
  local held = redis.pcall('GET', key)
  if type(held) == 'string' and string.find(held, '^[12]') and #held >= 24 then
    local tags = string.match(held, '^2[VN][^;]*;([^;]*);')
    local isLease = string.sub(held, 2, 2) == 'L'
    if isLease or tags and string.find(',' .. tags .. ',', ',' .. ARGV[1] .. ',', 1, true) then
      gone = gone + redis.call('UNLINK', key)
    end
  end
end
return gone`;

/**
 * Keys: any that live together. Argument: a tag. Deletes those that carry it, and every lease: what is being
 * loaded may turn out to carry it, and was perhaps read before the invalidation. Resolves to how many went.
 */
export const dropTaggedOperation: Operation<number> = {
  name: 'drop-tagged',
  effect: 'changes',
  redis: {
    lua: dropTaggedLua,
  },
  memory: (space, keys, [tag = '']) =>
    keys.filter((key) => {
      const held = space.read(stringKind, key);
      return held !== undefined && mayCarry(held, tag) && space.remove(key);
    }).length,
  decode: integer,
};

export const fillOperations = [leaseOperation, fillOperation, releaseOperation, dropTaggedOperation] as const;
