import type { Kind } from '../memory/keyspace.ts';
import { flag, nothing, optionalText } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';

/** Plain strings, which is also what counters and cached entries are. */
export const stringKind: Kind<string> = {
  name: 'string',
  sizeBytes: (value) => value.length,
  freeze: (value) => value,
  thaw: (frozen) => frozen as string,
};

export const stringGet: Operation<string | undefined> = {
  name: 'get',
  effect: 'reads',
  redis: { command: ([key = '']) => ['GET', key] },
  memory: (space, [key = '']) => space.read(stringKind, key) ?? null,
  decode: optionalText,
};

/** Arguments: value, TTL in ms or ''. */
export const stringSet: Operation<void> = {
  name: 'set',
  effect: 'grows',
  redis: {
    command: ([key = ''], [value = '', ttlMs = '']) =>
      ttlMs === '' ? ['SET', key, value] : ['SET', key, value, 'PX', ttlMs],
  },
  memory: (space, [key = ''], [value = '', ttlMs = '']) => {
    space.write(stringKind, key, value, ttlMs === '' ? undefined : Number(ttlMs));
    return null;
  },
  decode: nothing,
};

/** Unlinks: a big value is freed by Redis in the background. */
export const deleteKey: Operation<boolean> = {
  name: 'delete',
  effect: 'changes',
  redis: { command: ([key = '']) => ['UNLINK', key] },
  memory: (space, [key = '']) => (space.remove(key) ? 1 : 0),
  decode: flag,
};

export const keyExists: Operation<boolean> = {
  name: 'exists',
  effect: 'reads',
  redis: { command: ([key = '']) => ['EXISTS', key] },
  memory: (space, [key = '']) => (space.has(key) ? 1 : 0),
  decode: flag,
};

export const stringOperations = [stringGet, stringSet, deleteKey, keyExists] as const;
