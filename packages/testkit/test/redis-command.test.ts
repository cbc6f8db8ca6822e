import { expect, it } from 'vitest';
import { redisCommand, startRedis } from '../src/index.ts';

it('gives every simple type of reply, the last one of several commands', async () => {
  await using redis = await startRedis();
  expect(await redisCommand(redis.url, ['SET', 'gold', '1'])).toBe('OK');
  expect(await redisCommand(redis.url, ['INCR', 'gold'])).toBe(2);
  expect(await redisCommand(redis.url, ['GET', 'no such'])).toBeNull();
  expect(await redisCommand(redis.url, ['SET', 'name', '한옥\r\n'], ['GET', 'name'])).toBe('한옥\r\n');
  const script = 'return {1, {"two", {}}, false}';
  expect(await redisCommand(redis.url, ['EVAL', script, '0'])).toEqual([1, ['two', []], null]);
});

it('puts together a reply that comes in many pieces', async () => {
  await using redis = await startRedis();
  const long = 'x'.repeat(2_000_000);
  expect(await redisCommand(redis.url, ['SET', 'long', long], ['GET', 'long'])).toBe(long);
});

it("throws Redis's own error", async () => {
  await using redis = await startRedis();
  await expect(redisCommand(redis.url, ['NOSUCH'])).rejects.toThrow("unknown command 'NOSUCH'");
});
