import { Deque } from '../lists/deque.ts';
import { listKind } from '../lists/list-operations.ts';
import { schedulesKind } from '../seasons/season-operations.ts';
import { flag, list, text } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { stringKind } from '../strings/string-operations.ts';

/** Arguments: board. Forgets that it has prizes if its table is still the empty one. */
export const forgetPrizes: Operation<boolean> = {
  name: 'prizes-forget',
  effect: 'changes',
  redis: {
    lua: `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= '[]' then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])`,
  },
  memory: (space, [key = ''], [name = '']) => {
    const tables = space.read(schedulesKind, key);
    return tables?.get(name) === '[]' && tables.delete(name) ? 1 : 0;
  },
  decode: flag,
};

/** The seasons whose prizes are still to be handed over, oldest first. */
export const pendingHandOvers: Operation<readonly string[]> = {
  name: 'prizes-pending',
  effect: 'reads',
  redis: { command: ([key = '']) => ['LRANGE', key, '0', '-1'] },
  memory: (space, [key = '']) => listKind.freeze(space.read(listKind, key) ?? new Deque()) as string[],
  decode: (reply) => list(reply).map(text),
};

/** Key: a hand-over. Arguments: what it is expected to be, what it becomes. False when it was something else. */
export const advanceHandOver: Operation<boolean> = {
  name: 'prizes-advance',
  effect: 'changes',
  redis: {
    lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`,
  },
  memory: (space, [key = ''], [expected = '', next = '']) => {
    if (space.read(stringKind, key) !== expected) return 0;
    space.write(stringKind, key, next, undefined);
    return 1;
  },
  decode: flag,
};

/**
 * Keys: a hand-over, the pending ones, the three of the archived board. Arguments: what the hand-over is expected to
 * be, what it becomes, the season, ms that all of it is kept from now on. False when it was something else.
 */
export const finishHandOver: Operation<boolean> = {
  name: 'prizes-finish',
  effect: 'changes',
  redis: {
    lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
redis.call('LREM', KEYS[2], 0, ARGV[3])
for i = 3, 5 do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
return 1`,
  },
  memory: (space, [key = '', pendingKey = '', archiveKey = ''], args) => {
    const [expected = '', next = '', season = '', keepMs = ''] = args;
    if (space.read(stringKind, key) !== expected) return 0;
    space.write(stringKind, key, next, Number(keepMs));
    const seasons = (space.read(listKind, pendingKey) ?? new Deque()).toArray();
    const pending = Deque.from(seasons.filter((other) => other !== season));
    if (pending.length === 0) space.remove(pendingKey);
    else space.update(listKind, pendingKey, pending);
    space.expire(archiveKey, Number(keepMs));
    return 1;
  },
  decode: flag,
};

export const prizeOperations = [forgetPrizes, pendingHandOvers, advanceHandOver, finishHandOver] as const;
