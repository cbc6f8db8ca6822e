import { Board, boardKind } from '../leaderboards/board.ts';
import { Deque } from '../lists/deque.ts';
import { listKind } from '../lists/list-operations.ts';
import type { Kind } from '../memory/keyspace.ts';
import { flag, list, text } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';
import { stringKind } from '../strings/string-operations.ts';

/** Names of boards to their schedules, or their tables of prizes, as JSON. */
export const schedulesKind: Kind<Map<string, string>> = {
  name: 'schedules',
  sizeBytes: (schedules) => schedules.size * 250,
  freeze: (schedules) => [...schedules],
  thaw: (frozen) => new Map(frozen as [string, string][]),
};

/** Arguments: board, schedule as JSON. */
export const putSchedule: Operation<boolean> = {
  name: 'season-schedule',
  effect: 'grows',
  redis: { command: ([key = ''], [name = '', schedule = '']) => ['HSET', key, name, schedule] },
  memory: (space, [key = ''], [name = '', schedule = '']) => {
    const schedules = space.read(schedulesKind, key) ?? new Map<string, string>();
    const isNew = !schedules.has(name);
    schedules.set(name, schedule);
    space.write(schedulesKind, key, schedules, undefined);
    return isNew ? 1 : 0;
  },
  decode: flag,
};

/** Argument: board. True when it had a schedule. */
export const removeSchedule: Operation<boolean> = {
  name: 'season-unschedule',
  effect: 'changes',
  redis: { command: ([key = ''], [name = '']) => ['HDEL', key, name] },
  memory: (space, [key = ''], [name = '']) => (space.read(schedulesKind, key)?.delete(name) ? 1 : 0),
  decode: flag,
};

/** Boards and their schedules as JSON. */
export const listSchedules: Operation<ReadonlyMap<string, string>> = {
  name: 'season-schedules',
  effect: 'reads',
  redis: { command: ([key = '']) => ['HGETALL', key] },
  memory: (space, [key = '']) => [...(space.read(schedulesKind, key) ?? [])].flat(),
  decode: (reply) => {
    const flat = list(reply);
    const pairs = Array.from(
      { length: flat.length / 2 },
      (_, i) => [text(flat[2 * i]), text(flat[2 * i + 1])] as const,
    );
    return new Map(pairs);
  },
};

/**
 * Keys: the three of a board, the three it is archived under, the season under way, the list of past seasons, the
 * hand-over of the prizes of the one that ends, the list of pending hand-overs. Arguments: the season that must be
 * under way ('' for none), the next, ms the archive lasts, past seasons to list, the hand-over ('' without prizes).
 * False when another process was faster. The first season takes over what is on the board already. An archive with
 * prizes stays until they are handed over.
 */
export const turnSeason: Operation<boolean> = {
  name: 'season-turn',
  effect: 'changes',
  isMove: true,
  redis: {
    lua: `
local current = redis.call('GET', KEYS[7]) or ''
if current ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[7], ARGV[2])
if current == '' then return 1 end
for i = 1, 3 do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('RENAME', KEYS[i], KEYS[i + 3])
    redis.call('PEXPIRE', KEYS[i + 3], ARGV[3])
  end
end
local definition = redis.call('HMGET', KEYS[6], 'order', 'operator')
if definition[1] then redis.call('HSET', KEYS[3], 'order', definition[1], 'operator', definition[2]) end
if ARGV[5] ~= '' and redis.call('ZCARD', KEYS[4]) > 0 then
  for i = 4, 6 do redis.call('PERSIST', KEYS[i]) end
  redis.call('SET', KEYS[9], ARGV[5])
  redis.call('RPUSH', KEYS[10], current)
end
redis.call('LPUSH', KEYS[8], current .. ' ' .. ARGV[2])
redis.call('LTRIM', KEYS[8], 0, ARGV[4] - 1)
return 1`,
  },
  memory: (space, [key = '', , , archiveKey = '', , , seasonKey = '', pastKey = '', ...prizeKeys], args) => {
    const [expected = '', next = '', keepMs = '', maxPast = '', handOver = ''] = args;
    const [handOverKey = '', pendingKey = ''] = prizeKeys;
    const current = space.read(stringKind, seasonKey) ?? '';
    if (current !== expected) return 0;
    space.write(stringKind, seasonKey, next, undefined);
    if (current === '') return 1;
    const board = space.read(boardKind, key);
    if (board !== undefined) {
      const fresh = new Board();
      fresh.order = board.order;
      fresh.operator = board.operator;
      const hasPrizes = handOver !== '' && board.length > 0;
      space.write(boardKind, archiveKey, board, hasPrizes ? undefined : Number(keepMs));
      space.write(boardKind, key, fresh, undefined);
      if (hasPrizes) {
        space.write(stringKind, handOverKey, handOver, undefined);
        const pending = space.read(listKind, pendingKey) ?? new Deque();
        pending.pushBack(current);
        space.write(listKind, pendingKey, pending, undefined);
      }
    }
    const past = space.read(listKind, pastKey) ?? new Deque();
    past.pushFront(`${current} ${next}`);
    while (past.length > Number(maxPast)) past.popBack();
    space.write(listKind, pastKey, past, undefined);
    return 1;
  },
  decode: flag,
};

/** Keys: the season under way, the list of past seasons. The first is undefined without a schedule so far. */
export const readSeasons: Operation<{
  readonly current: string | undefined;
  readonly past: readonly (readonly [string, string])[];
}> = {
  name: 'season-list',
  effect: 'reads',
  redis: { lua: `return { redis.call('GET', KEYS[1]) or '', redis.call('LRANGE', KEYS[2], 0, -1) }` },
  memory: (space, [seasonKey = '', pastKey = '']) => [
    space.read(stringKind, seasonKey) ?? '',
    listKind.freeze(space.read(listKind, pastKey) ?? new Deque()) as string[],
  ],
  decode: (reply) => {
    const [current, past] = list(reply);
    return {
      current: current === '' ? undefined : text(current),
      past: list(past).map((line) => {
        const [start = '', end = ''] = text(line).split(' ');
        return [start, end];
      }),
    };
  },
};

export const seasonOperations = [
  putSchedule,
  removeSchedule,
  listSchedules,
  turnSeason,
  readSeasons,
] as const;
