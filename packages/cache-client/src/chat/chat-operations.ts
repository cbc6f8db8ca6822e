import type { Keyspace, Kind } from '../memory/keyspace.ts';
import { flag, integer, list, text } from '../store/decode.ts';
import type { Operation, Reply } from '../store/operation.ts';
import { stringKind } from '../strings/string-operations.ts';
import { MessageLog, type LoggedMessage } from './message-log.ts';
import { mutesKind } from './mute-operations.ts';

export const messageLogKind: Kind<MessageLog> = {
  name: 'channel',
  sizeBytes: (log) => log.sizeBytes,
  freeze: (log) => log.toJson(),
  thaw: (frozen) => MessageLog.fromJson(frozen as ReturnType<MessageLog['toJson']>),
};

function encodeMessages(messages: readonly LoggedMessage[]): Reply {
  return messages.map(({ id, playerId, text: said, deletes }) => [
    id,
    ['p', playerId, 't', said, ...(deletes === undefined ? [] : ['d', deletes])],
  ]);
}

function decodeMessages(reply: Reply): readonly LoggedMessage[] {
  return list(reply).map((item) => {
    const [id, fields] = list(item);
    const [, playerId, , said, , deletes] = list(fields);
    const message = { id: text(id), playerId: text(playerId), text: text(said) };
    return deletes === undefined ? message : { ...message, deletes: text(deletes) };
  });
}

/** What came of a message: it is kept, or its player may not publish for some ms. */
export type Published =
  { readonly id: string } | { readonly refused: 'muted' | 'rate_limited'; readonly retryAfterMs: number };

/**
 * Keys: the channel, who is muted in it, the player's rate. Arguments: player id, text, how many messages to keep,
 * ms until an idle channel goes, messages a player may publish in a window (0 for any number), ms of the window.
 * Signals the channel.
 */
export const publishMessage: Operation<Published> = {
  name: 'chat-publish',
  effect: 'grows',
  redis: {
    lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mutedUntil = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
if mutedUntil > now then return { 'muted', mutedUntil - now } end
if tonumber(ARGV[5]) > 0 then
  local published = redis.call('INCR', KEYS[3])
  if published == 1 then redis.call('PEXPIRE', KEYS[3], ARGV[6]) end
  if published > tonumber(ARGV[5]) then return { 'rate_limited', redis.call('PTTL', KEYS[3]) } end
end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[3], '*', 'p', ARGV[1], 't', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', KEYS[1], '')
return id`,
  },
  memory: (space, [key = '', mutedKey = '', rateKey = ''], args) => {
    const [playerId = '', said = '', keep = '', idleMs = '', limit = '', windowMs = ''] = args;
    const now = space.clock.now();
    const mutedUntil = space.read(mutesKind, mutedKey)?.get(playerId) ?? 0;
    if (mutedUntil > now) return ['muted', Math.ceil(mutedUntil - now)];
    if (Number(limit) > 0) {
      const published = Number(space.read(stringKind, rateKey) ?? 0) + 1;
      if (published === 1) space.write(stringKind, rateKey, '1', Number(windowMs));
      else space.update(stringKind, rateKey, String(published));
      if (published > Number(limit)) return ['rate_limited', Math.ceil(space.ttlMs(rateKey) ?? 0)];
    }
    return append(space, key, { playerId, text: said }, { keep, idleMs });
  },
  decode: (reply) => {
    if (typeof reply === 'string') return { id: reply };
    const [refused, retryAfterMs] = list(reply);
    return {
      refused: refused === 'muted' ? 'muted' : 'rate_limited',
      retryAfterMs: Math.max(1, integer(retryAfterMs)),
    };
  },
};

/**
 * Arguments: id, how many messages to keep, ms until an idle channel goes. Deletes a message and appends that it
 * is deleted, for those who have read it. True when it was there.
 */
export const deleteMessage: Operation<boolean> = {
  name: 'chat-delete',
  effect: 'changes',
  redis: {
    lua: `
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[2], '*', 'p', '', 't', '', 'd', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', KEYS[1], '')
return 1`,
  },
  memory: (space, [key = ''], [id = '', keep = '', idleMs = '']) => {
    if (space.read(messageLogKind, key)?.remove(id) !== true) return 0;
    append(space, key, { playerId: '', text: '', deletes: id }, { keep, idleMs });
    return 1;
  },
  decode: flag,
};

function append(
  space: Keyspace,
  key: string,
  message: Omit<LoggedMessage, 'id'>,
  { keep, idleMs }: { keep: string; idleMs: string },
): string {
  const log = space.read(messageLogKind, key) ?? new MessageLog();
  const id = log.append(space.clock.now(), message, Number(keep));
  space.write(messageLogKind, key, log, Number(idleMs));
  space.signals.signal(key, '');
  return id;
}

/** Arguments: id ('' for the newest), count. The messages just before that id, newest first. */
export const readBefore: Operation<readonly LoggedMessage[]> = {
  name: 'chat-before',
  effect: 'reads',
  redis: {
    command: ([key = ''], [id = '', count = '']) => [
      'XREVRANGE',
      key,
      id === '' ? '+' : `(${id}`,
      '-',
      'COUNT',
      count,
    ],
  },
  memory: (space, [key = ''], [id = '', count = '']) =>
    encodeMessages(space.read(messageLogKind, key)?.before(id, Number(count)) ?? []),
  decode: decodeMessages,
};

/** Arguments: id, count. The messages just after that id, oldest first. */
export const readAfter: Operation<readonly LoggedMessage[]> = {
  name: 'chat-after',
  effect: 'reads',
  redis: { command: ([key = ''], [id = '', count = '']) => ['XRANGE', key, `(${id}`, '+', 'COUNT', count] },
  memory: (space, [key = ''], [id = '', count = '']) =>
    encodeMessages(space.read(messageLogKind, key)?.after(id, Number(count)) ?? []),
  decode: decodeMessages,
};

export const chatOperations = [publishMessage, deleteMessage, readBefore, readAfter] as const;
