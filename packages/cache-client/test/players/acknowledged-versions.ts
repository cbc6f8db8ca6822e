import type { Operation } from '../../src/index.ts';

const onRedisOnly = (): never => {
  throw new Error('the versions are kept on a Redis');
};

/** Key: the versions by player. Arguments: player, version. Notes that it was acknowledged, unless a higher one was. */
export const acknowledge: Operation<void> = {
  name: 'test-acknowledge',
  effect: 'changes',
  redis: { command: ([key = ''], [id = '', version = '']) => ['ZADD', key, 'GT', version, id] },
  memory: onRedisOnly,
  decode: () => undefined,
};

/** Key: the versions by player. Argument: player. The highest version that was acknowledged, or 0. */
export const acknowledgedVersion: Operation<number> = {
  name: 'test-acknowledged-version',
  effect: 'reads',
  redis: { command: ([key = ''], [id = '']) => ['ZSCORE', key, id] },
  memory: onRedisOnly,
  decode: (reply) => Number(reply ?? 0),
};
