import type { Keyspace, Kind } from '../memory/keyspace.ts';
import { integer, optionalText } from '../store/decode.ts';
import type { Operation, Reply } from '../store/operation.ts';
import { Deque } from './deque.ts';

/** Lists of strings with two ends. An empty list does not exist, as in Redis. */
export const listKind: Kind<Deque> = {
  name: 'list',
  sizeBytes: (deque) => deque.sizeBytes,
  freeze: (deque) => deque.toArray(),
  thaw: (frozen) => Deque.from(frozen as string[]),
};

function push(space: Keyspace, key: string, add: (deque: Deque) => void): Reply {
  const deque = space.read(listKind, key) ?? new Deque();
  add(deque);
  space.update(listKind, key, deque);
  return deque.length;
}

function pop(space: Keyspace, key: string, take: (deque: Deque) => string | undefined): Reply {
  const deque = space.read(listKind, key);
  if (deque === undefined) return null;
  const value = take(deque) ?? null;
  if (deque.length === 0) space.remove(key);
  else space.update(listKind, key, deque);
  return value;
}

export const pushFront: Operation<number> = {
  name: 'push-front',
  effect: 'grows',
  redis: { command: ([key = ''], [value = '']) => ['LPUSH', key, value] },
  memory: (space, [key = ''], [value = '']) => push(space, key, (deque) => deque.pushFront(value)),
  decode: integer,
};

export const pushBack: Operation<number> = {
  name: 'push-back',
  effect: 'grows',
  redis: { command: ([key = ''], [value = '']) => ['RPUSH', key, value] },
  memory: (space, [key = ''], [value = '']) => push(space, key, (deque) => deque.pushBack(value)),
  decode: integer,
};

export const popFront: Operation<string | undefined> = {
  name: 'pop-front',
  effect: 'changes',
  redis: { command: ([key = '']) => ['LPOP', key] },
  memory: (space, [key = '']) => pop(space, key, (deque) => deque.popFront()),
  decode: optionalText,
};

export const popBack: Operation<string | undefined> = {
  name: 'pop-back',
  effect: 'changes',
  redis: { command: ([key = '']) => ['RPOP', key] },
  memory: (space, [key = '']) => pop(space, key, (deque) => deque.popBack()),
  decode: optionalText,
};

export const listOperations = [pushFront, pushBack, popFront, popBack] as const;
