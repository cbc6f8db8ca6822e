import type { Kind } from '../memory/keyspace.ts';
import { list, text } from '../store/decode.ts';
import type { Operation, Reply } from '../store/operation.ts';
import { MessageLog, type LoggedMessage } from './message-log.ts';

export const messageLogKind: Kind<MessageLog> = {
  name: 'channel',
  sizeBytes: (log) => log.sizeBytes,
  freeze: (log) => log.toJson(),
  thaw: (frozen) => MessageLog.fromJson(frozen as ReturnType<MessageLog['toJson']>),
};

function encodeMessages(messages: readonly LoggedMessage[]): Reply {
  return messages.map(({ id, playerId, text: said }) => [id, ['p', playerId, 't', said]]);
}

function decodeMessages(reply: Reply): readonly LoggedMessage[] {
  return list(reply).map((item) => {
    const [id, fields] = list(item);
    const [, playerId, , said] = list(fields);
    return { id: text(id), playerId: text(playerId), text: text(said) };
  });
}

/** Arguments: player id, text, how many messages to keep, ms until an idle channel goes. Signals the key. Resolves to the id. */
export const publishMessage: Operation<string> = {
  name: 'chat-publish',
  effect: 'grows',
  redis: {
    lua: `
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[3], '*', 'p', ARGV[1], 't', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', KEYS[1], '')
return id`,
  },
  memory: (space, [key = ''], [playerId = '', said = '', keep = '', idleMs = '']) => {
    const log = space.read(messageLogKind, key) ?? new MessageLog();
    const id = log.append(space.clock.now(), playerId, said, Number(keep));
    space.write(messageLogKind, key, log, Number(idleMs));
    space.signals.signal(key);
    return id;
  },
  decode: text,
};

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

export const chatOperations = [publishMessage, readBefore, readAfter] as const;
