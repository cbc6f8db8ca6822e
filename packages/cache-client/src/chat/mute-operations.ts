import type { Kind } from '../memory/keyspace.ts';
import { flag, integer, list, text } from '../store/decode.ts';
import type { Operation } from '../store/operation.ts';

/** Who may not publish in a channel, and until when (wall clock of the engine, ms since the epoch). */
export const mutesKind: Kind<Map<string, number>> = {
  name: 'mutes',
  sizeBytes: (mutes) => mutes.size * 100,
  freeze: (mutes) => [...mutes],
  thaw: (frozen) => new Map(frozen as [string, number][]),
};

/** Arguments: player id, ms. Mutes that are over are forgotten. */
export const mutePlayer: Operation<boolean> = {
  name: 'chat-mute',
  effect: 'grows',
  redis: {
    lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mutes = redis.call('HGETALL', KEYS[1])
for i = 1, #mutes, 2 do
  if tonumber(mutes[i + 1]) <= now then redis.call('HDEL', KEYS[1], mutes[i]) end
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + tonumber(ARGV[2])))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`,
  },
  memory: (space, [key = ''], [playerId = '', ms = '']) => {
    const now = space.clock.now();
    const mutes = new Map([...(space.read(mutesKind, key) ?? [])].filter(([, untilMs]) => untilMs > now));
    mutes.set(playerId, now + Number(ms));
    space.write(mutesKind, key, mutes, Math.max(Number(ms), space.ttlMs(key) ?? 0));
    return 1;
  },
  decode: flag,
};

/** Argument: player id. True when he was on the list. */
export const unmutePlayer: Operation<boolean> = {
  name: 'chat-unmute',
  effect: 'changes',
  redis: { command: ([key = ''], [playerId = '']) => ['HDEL', key, playerId] },
  memory: (space, [key = ''], [playerId = '']) => (space.read(mutesKind, key)?.delete(playerId) ? 1 : 0),
  decode: flag,
};

/** Player ids and until when, also of mutes that are over. */
export const listMutes: Operation<readonly (readonly [string, number])[]> = {
  name: 'chat-mutes',
  effect: 'reads',
  redis: { command: ([key = '']) => ['HGETALL', key] },
  memory: (space, [key = '']) => [...(space.read(mutesKind, key) ?? [])].flat(),
  decode: (reply) => {
    const flat = list(reply);
    return Array.from({ length: flat.length / 2 }, (_, i) => [text(flat[2 * i]), integer(flat[2 * i + 1])]);
  },
};

export const muteOperations = [mutePlayer, unmutePlayer, listMutes] as const;
