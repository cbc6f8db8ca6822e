import { flag, integer, list, nothing, text } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { announcementText } from './announcement.ts';
import { holderTable } from './holder-table.ts';

/**
 * In a Redis hash: `since`, the time in microseconds at which the table was made and by which it is told from the one
 * before it; `sequence`; and `h:` with a holder's name for what it has seen. After the clock was set back, it begins anew:
 * it would be thought young, and all announcements wait, until the clock has caught up.
 */
const tableLua = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local since = redis.call('HGET', KEYS[1], 'since')
local function begin()
  since = string.format('%.0f', now)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'since', since)
end
if not since or tonumber(since) > now then begin() end
`;

/** What an announcer has to wait for. */
export interface Announced {
  /** The table it is numbered in; numbers of different tables have nothing to do with each other. */
  readonly table: number;
  readonly sequence: number;
  /** How long near caches may still hold copies that this table does not know: it is younger than their leases. */
  readonly graceMs: number;
  readonly holders: readonly string[];
}

/**
 * Key: the table. Arguments: announcer, pattern, the lease of near caches in ms. Publishes the announcement to
 * all near caches and resolves to whom there is to wait for.
 */
export const announceOperation: Operation<Announced> = {
  name: 'near-announce',
  effect: 'changes',
  redis: {
    lua: `${tableLua}
local age = (now - tonumber(since)) / 1000
local grace = math.ceil(math.max(0, tonumber(ARGV[3]) - age))
local sequence = redis.call('HINCRBY', KEYS[1], 'sequence', 1)
redis.call('PUBLISH', KEYS[1], string.format('%s %.0f %s %s', since, sequence, ARGV[1], ARGV[2]))
local reply = { tonumber(since), sequence, grace }
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'h:' then reply[#reply + 1] = string.sub(field, 3) end
end
return reply`,
  },
  memory: (space, [key = ''], [announcer = '', pattern = '', lease = '']) => {
    const table = holderTable(space, key);
    const ageMs = space.clock.monotonicMs() - table.madeAtMs;
    // Nobody can hold copies of an engine that nobody else ever used.
    const graceMs = space.servesOthers ? Math.ceil(Math.max(0, Number(lease) - ageMs)) : 0;
    table.sequence += 1;
    const reply = [table.since, table.sequence, graceMs, ...table.seen.keys()];
    const { since, sequence } = table;
    space.signals.signal(key, announcementText({ table: since, sequence, announcer, pattern }));
    return reply;
  },
  decode: (reply) => {
    const [table, sequence, graceMs, ...holders] = list(reply);
    return {
      table: integer(table),
      sequence: integer(sequence),
      graceMs: integer(graceMs),
      holders: holders.map(text),
    };
  },
};

/** What a near cache learns by reporting. */
export interface Reported {
  readonly table: number;
  /** Of the newest announcement. */
  readonly sequence: number;
  /** The table did not know this holder, or is not the one it spoke of: announcements may have gone by unheard. */
  readonly isNew: boolean;
}

/**
 * Key: the table. Arguments: holder, the sequence it has seen, in which table. Notes how far the holder is; or enters it
 * into the table, as one that is up to date.
 */
export const reportOperation: Operation<Reported> = {
  name: 'near-report',
  effect: 'changes',
  redis: {
    lua: `${tableLua}
local field = 'h:' .. ARGV[1]
local sequence = redis.call('HGET', KEYS[1], 'sequence') or '0'
if ARGV[3] == since and tonumber(ARGV[2]) > tonumber(sequence) then
  -- A replica took over that had not heard of everything: numbers would come twice. It begins a new table.
  begin()
  sequence = '0'
end
local isNew = ARGV[3] ~= since or redis.call('HEXISTS', KEYS[1], field) == 0
redis.call('HSET', KEYS[1], field, isNew and sequence or ARGV[2])
return { tonumber(since), tonumber(sequence), isNew and 1 or 0 }`,
  },
  memory: (space, [key = ''], [holder = '', seen = '', spokenOf = '']) => {
    const table = holderTable(space, key);
    const isNew = Number(spokenOf) !== table.since || !table.seen.has(holder);
    table.seen.set(holder, isNew ? table.sequence : Number(seen));
    return [table.since, table.sequence, isNew ? 1 : 0];
  },
  decode: (reply) => {
    const [table, sequence, isNew] = list(reply);
    return { table: integer(table), sequence: integer(sequence), isNew: flag(isNew) };
  },
};

/**
 * Key: the table. Arguments: sequence, in which table, holders. Strikes out the holders that have not seen that
 * announcement: their leases have run out meanwhile. One that comes back enters as new, and begins empty.
 */
export const strikeOutOperation: Operation<void> = {
  name: 'near-strike-out',
  effect: 'changes',
  redis: {
    lua: `
if redis.call('HGET', KEYS[1], 'since') ~= ARGV[2] then return 0 end
for i = 3, #ARGV do
  local field = 'h:' .. ARGV[i]
  local seen = redis.call('HGET', KEYS[1], field)
  if seen and tonumber(seen) < tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], field) end
end
return 0`,
  },
  memory: (space, [key = ''], [sequence = '', spokenOf = '', ...holders]) => {
    const { since, seen } = holderTable(space, key);
    if (since !== Number(spokenOf)) return 0;
    for (const holder of holders) if ((seen.get(holder) ?? Infinity) < Number(sequence)) seen.delete(holder);
    return 0;
  },
  decode: nothing,
};

export const nearOperations = [announceOperation, reportOperation, strikeOutOperation] as const;
