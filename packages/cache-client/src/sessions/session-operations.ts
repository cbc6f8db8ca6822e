import type { Keyspace, Kind } from '../memory/keyspace.ts';
import { flag, integer, list, optionalText, text } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';

/**
 * All sessions of a player are fields of one key: field = hash of the secret, value = the record
 * `createdAtMs expiresAtMs device`. So validation is one HGET, and revoking all of them is one deletion that no
 * index can fall behind. The key's TTL is that of its longest session.
 */
export const sessionsKind: Kind<Map<string, string>> = {
  name: 'sessions',
  sizeBytes: (sessions) => sessions.size * 250,
  freeze: (sessions) => [...sessions],
  thaw: (frozen) => new Map(frozen as [string, string][]),
};

const timesLua = `
local function times(record)
  local created, expires = string.match(record, '^(%d+) (%d+) ')
  return tonumber(created), tonumber(expires)
end
local function keepFor(ttlMs)
  if redis.call('PTTL', KEYS[1]) < ttlMs then redis.call('PEXPIRE', KEYS[1], ttlMs) end
end
`;

function times(record: string): { createdAtMs: number; expiresAtMs: number } {
  const [created, expires] = record.split(' ', 2);
  return { createdAtMs: Number(created), expiresAtMs: Number(expires) };
}

function keep(space: Keyspace, key: string, sessions: Map<string, string>, ttlMs: number): void {
  const leftMs = space.ttlMs(key);
  space.write(sessionsKind, key, sessions, leftMs === undefined ? ttlMs : Math.max(leftMs, ttlMs));
}

/** Arguments: field, record, TTL ms, now, most sessions of the player. Resolves to how many had to go. */
export const createSession: Operation<number> = {
  name: 'session-create',
  effect: 'grows',
  redis: {
    lua: `${timesLua}
local all = redis.call('HGETALL', KEYS[1])
local live = {}
local now, most = tonumber(ARGV[4]), tonumber(ARGV[5])
for i = 1, #all, 2 do
  local created, expires = times(all[i + 1])
  if expires <= now then redis.call('HDEL', KEYS[1], all[i])
  else live[#live + 1] = { created, all[i] } end
end
table.sort(live, function(a, b) if a[1] == b[1] then return a[2] < b[2] end return a[1] < b[1] end)
local gone = 0
while #live - gone >= most do
  gone = gone + 1
  redis.call('HDEL', KEYS[1], live[gone][2])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
keepFor(tonumber(ARGV[3]))
return gone`,
  },
  memory: (space, [key = ''], [field = '', record = '', ttlMs = '', now = '', most = '']) => {
    const sessions = space.read(sessionsKind, key) ?? new Map<string, string>();
    for (const [other, held] of sessions) if (times(held).expiresAtMs <= Number(now)) sessions.delete(other);
    const oldestFirst = [...sessions].toSorted(
      ([a, held], [b, other]) => times(held).createdAtMs - times(other).createdAtMs || (a < b ? -1 : 1),
    );
    const gone = oldestFirst.slice(0, Math.max(0, sessions.size - Number(most) + 1));
    for (const [other] of gone) sessions.delete(other);
    sessions.set(field, record);
    keep(space, key, sessions, Number(ttlMs));
    return gone.length;
  },
  decode: integer,
};

/** Argument: field. Resolves to the record, expired or not. */
export const findSession: Operation<string | undefined> = {
  name: 'session-find',
  effect: 'reads',
  redis: { command: ([key = ''], [field = '']) => ['HGET', key, field] },
  memory: (space, [key = ''], [field = '']) => space.read(sessionsKind, key)?.get(field) ?? null,
  decode: optionalText,
};

/** Arguments: field, TTL ms, now. Moves the end of a live session to now + TTL and resolves to its record. */
export const touchSession: Operation<string | undefined> = {
  name: 'session-touch',
  effect: 'changes',
  redis: {
    lua: `${timesLua}
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return nil end
local created, expires = times(record)
local ttl, now = tonumber(ARGV[2]), tonumber(ARGV[3])
if expires <= now then return nil end
local device = string.match(record, '^%d+ %d+ (.*)$')
local moved = string.format('%.0f %.0f ', created, math.max(expires, now + ttl)) .. device
redis.call('HSET', KEYS[1], ARGV[1], moved)
keepFor(ttl)
return moved`,
  },
  memory: (space, [key = ''], [field = '', ttlMs = '', now = '']) => {
    const sessions = space.read(sessionsKind, key);
    const record = sessions?.get(field);
    if (sessions === undefined || record === undefined) return null;
    const { createdAtMs, expiresAtMs } = times(record);
    if (expiresAtMs <= Number(now)) return null;
    const device = record.split(' ').slice(2).join(' ');
    const moved = `${createdAtMs} ${Math.max(expiresAtMs, Number(now) + Number(ttlMs))} ${device}`;
    sessions.set(field, moved);
    keep(space, key, sessions, Number(ttlMs));
    return moved;
  },
  decode: optionalText,
};

/** Argument: the field, or the beginning of one. True when a session was there. */
export const revokeSession: Operation<boolean> = {
  name: 'session-revoke',
  effect: 'changes',
  redis: {
    lua: `
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, #ARGV[1]) == ARGV[1] then return redis.call('HDEL', KEYS[1], field) end
end
return 0`,
  },
  memory: (space, [key = ''], [start = '']) => {
    const sessions = space.read(sessionsKind, key);
    const field = [...(sessions?.keys() ?? [])].find((other) => other.startsWith(start));
    if (sessions === undefined || field === undefined) return 0;
    sessions.delete(field);
    if (sessions.size === 0) space.remove(key);
    else space.update(sessionsKind, key, sessions);
    return 1;
  },
  decode: flag,
};

/** Arguments: now, and the time before which sessions must have begun to go. Resolves to how many live ones went. */
export const revokeSessions: Operation<number> = {
  name: 'session-revoke-all',
  effect: 'changes',
  redis: {
    lua: `${timesLua}
local all = redis.call('HGETALL', KEYS[1])
local gone = 0
for i = 1, #all, 2 do
  local created, expires = times(all[i + 1])
  if created < tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[1], all[i])
    if expires > tonumber(ARGV[1]) then gone = gone + 1 end
  end
end
return gone`,
  },
  memory: (space, [key = ''], [now = '', before = '']) => {
    const sessions = space.read(sessionsKind, key) ?? new Map<string, string>();
    let gone = 0;
    for (const [field, record] of sessions) {
      const { createdAtMs, expiresAtMs } = times(record);
      if (createdAtMs >= Number(before)) continue;
      sessions.delete(field);
      if (expiresAtMs > Number(now)) gone += 1;
    }
    if (sessions.size === 0) space.remove(key);
    else space.update(sessionsKind, key, sessions);
    return gone;
  },
  decode: integer,
};

/** Resolves to every [field, record] of the player, expired or not. */
export const listSessions: Operation<readonly (readonly [string, string])[]> = {
  name: 'session-list',
  effect: 'reads',
  redis: { command: ([key = '']) => ['HGETALL', key] },
  memory: (space, [key = '']) => [...(space.read(sessionsKind, key) ?? [])].flat(),
  decode(reply) {
    const flat = list(reply);
    return Array.from(
      { length: flat.length / 2 },
      (_, i) => [text(flat[2 * i]), text(flat[2 * i + 1])] as const,
    );
  },
};

export const sessionOperations = [
  createSession,
  findSession,
  touchSession,
  revokeSession,
  revokeSessions,
  listSessions,
] as const;
