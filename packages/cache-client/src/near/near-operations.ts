import { flag, integer, list, nothing, text } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { holderTable } from './holder-table.ts';

/**
 * In a Redis hash: `since`, `sequence`, and `h:` with a holder's name for what it has seen. The sequence begins with the
 * time in microseconds, so that a table made anew never repeats a number: no server announces a million times a second,
 * but a thousand times it does, and old acknowledgements would then count for new announcements.
 */
const tableLua = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local sequence = tonumber(redis.call('HGET', KEYS[1], 'sequence'))
if not sequence then
  sequence = now
  redis.call('HSET', KEYS[1], 'sequence', string.format('%.0f', sequence), 'since', string.format('%.0f', sequence))
end
`;

/** What an announcer has to wait for. */
export interface Announced {
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
local age = (now - tonumber(redis.call('HGET', KEYS[1], 'since'))) / 1000
local lease = tonumber(ARGV[3])
local grace = math.ceil(math.max(0, math.min(lease, lease - age)))
sequence = redis.call('HINCRBY', KEYS[1], 'sequence', 1)
redis.call('PUBLISH', KEYS[1], string.format('%.0f %s %s', sequence, ARGV[1], ARGV[2]))
local reply = { sequence, grace }
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'h:' then reply[#reply + 1] = string.sub(field, 3) end
end
return reply`,
  },
  memory: (space, [key = ''], [announcer = '', pattern = '', lease = '']) => {
    const table = holderTable(space, key);
    const leaseMs = Number(lease);
    const ageMs = space.clock.now() - table.since / 1_000;
    // Nobody can hold copies of an engine that nobody else ever used.
    const graceMs = space.servesOthers ? Math.ceil(Math.max(0, Math.min(leaseMs, leaseMs - ageMs))) : 0;
    table.sequence += 1;
    const reply = [table.sequence, graceMs, ...table.seen.keys()];
    space.signals.signal(key, `${table.sequence} ${announcer} ${pattern}`);
    return reply;
  },
  decode: (reply) => {
    const [sequence, graceMs, ...holders] = list(reply);
    return { sequence: integer(sequence), graceMs: integer(graceMs), holders: holders.map(text) };
  },
};

/** What a near cache learns by reporting. */
export interface Reported {
  /** Of the newest announcement. */
  readonly sequence: number;
  /** The table did not know this holder: announcements may have gone by without waiting for it. */
  readonly isNew: boolean;
}

/**
 * Keys: the table, then the channels of the announcers to be answered. Arguments: holder, the sequence it has
 * seen. Enters the holder into the table, or notes how far it is, and acknowledges.
 */
export const reportOperation: Operation<Reported> = {
  name: 'near-report',
  effect: 'changes',
  redis: {
    lua: `${tableLua}
local field = 'h:' .. ARGV[1]
local isNew = redis.call('HEXISTS', KEYS[1], field) == 0
redis.call('HSET', KEYS[1], field, isNew and string.format('%.0f', sequence) or ARGV[2])
for i = 2, #KEYS do redis.call('PUBLISH', KEYS[i], ARGV[1] .. ' ' .. ARGV[2]) end
return { sequence, isNew and 1 or 0 }`,
  },
  memory: (space, [key = '', ...channels], [holder = '', seen = '']) => {
    const table = holderTable(space, key);
    const isNew = !table.seen.has(holder);
    table.seen.set(holder, isNew ? table.sequence : Number(seen));
    for (const channel of channels) space.signals.signal(channel, `${holder} ${seen}`);
    return [table.sequence, isNew ? 1 : 0];
  },
  decode: (reply) => {
    const [sequence, isNew] = list(reply);
    return { sequence: integer(sequence), isNew: flag(isNew) };
  },
};

/**
 * Key: the table. Arguments: sequence. The holders that have not acted on that announcement yet; undefined when
 * the table is younger than it, and knows nothing about them.
 */
export const unseenOperation: Operation<readonly string[] | undefined> = {
  name: 'near-unseen',
  effect: 'reads',
  redis: {
    lua: `
local since = redis.call('HGET', KEYS[1], 'since')
if not since or tonumber(since) > tonumber(ARGV[1]) then return nil end
local behind = {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 'h:' and tonumber(fields[i + 1]) < tonumber(ARGV[1]) then
    behind[#behind + 1] = string.sub(fields[i], 3)
  end
end
return behind`,
  },
  memory: (space, [key = ''], [sequence = '']) => {
    const { since, seen } = holderTable(space, key);
    if (since > Number(sequence)) return null;
    return [...seen].flatMap(([holder, upTo]) => (upTo < Number(sequence) ? [holder] : []));
  },
  decode: (reply) => (reply === null ? undefined : list(reply).map(text)),
};

/**
 * Key: the table. Arguments: sequence, holders. Strikes out the holders that have not seen that announcement:
 * their leases have run out meanwhile. One that comes back enters as new, and begins empty.
 */
export const strikeOutOperation: Operation<void> = {
  name: 'near-strike-out',
  effect: 'changes',
  redis: {
    lua: `
for i = 2, #ARGV do
  local field = 'h:' .. ARGV[i]
  local seen = redis.call('HGET', KEYS[1], field)
  if seen and tonumber(seen) < tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], field) end
end
return 0`,
  },
  memory: (space, [key = ''], [sequence = '', ...holders]) => {
    const { seen } = holderTable(space, key);
    for (const holder of holders) if ((seen.get(holder) ?? Infinity) < Number(sequence)) seen.delete(holder);
    return 0;
  },
  decode: nothing,
};

export const nearOperations = [
  announceOperation,
  reportOperation,
  unseenOperation,
  strikeOutOperation,
] as const;
