import { afterEach, describe, expect, it, vi } from 'vitest';
import { redisCommand, startRedis, startRedisCluster, eventually } from '../src/index.ts';
import { isListening } from './alive.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a Redis of the test', () => {
  it('comes back after kill on the same port with what it acknowledged', async () => {
    await using redis = await startRedis({ dedicated: true });
    await redisCommand(redis.url, ['SET', 'gold', '100']);
    await redis.kill();
    expect(await isListening(redis.port)).toBe(false);
    await redis.restart();
    expect(await redisCommand(redis.url, ['GET', 'gold'])).toBe('100');
    await redis.restart();
    expect(await redisCommand(redis.url, ['GET', 'gold'])).toBe('100');
  });

  it('comes back empty without persistence', async () => {
    await using redis = await startRedis({ persistence: 'none' });
    await redisCommand(redis.url, ['SET', 'gold', '100']);
    await redis.restart();
    expect(await redisCommand(redis.url, ['GET', 'gold'])).toBeNull();
  });

  it('answers nothing while it is paused, and everything after', async () => {
    await using redis = await startRedis({ dedicated: true });
    redis.pause();
    let answered = false;
    const pong = redisCommand(redis.url, ['PING']).then((reply) => {
      answered = true;
      return reply;
    });
    // The connection is accepted by the system; only the reply is missing.
    expect(await isListening(redis.port)).toBe(true);
    expect(answered).toBe(false);
    redis.resume();
    expect(await pong).toBe('PONG');
  });

  it('is gone after stop, also when it was killed or paused, and says so', async () => {
    const redis = await startRedis({ dedicated: true });
    redis.pause();
    await redis.stop();
    await redis.stop();
    expect(await isListening(redis.port)).toBe(false);
    await expect(redis.restart()).rejects.toThrow('Redis has been stopped');
    const killed = await startRedis({ dedicated: true });
    await killed.kill();
    await killed.stop();
    expect(() => killed.pause()).toThrow('Redis has been stopped');
  });

  it('takes settings, a password and a primary', async () => {
    const password = 'a "quoted" \\ secret/@:';
    await using primary = await startRedis({ password, config: ['maxmemory 10mb'] });
    expect(await redisCommand(primary.url, ['CONFIG', 'GET', 'maxmemory'])).toEqual([
      'maxmemory',
      '10485760',
    ]);
    await expect(redisCommand(`redis://127.0.0.1:${primary.port}`, ['PING'])).rejects.toThrow('NOAUTH');
    await using replica = await startRedis({ password, replicaOf: primary });
    await redisCommand(primary.url, ['SET', 'gold', '7']);
    await eventually(async () => (await redisCommand(replica.url, ['GET', 'gold'])) === '7');
  });

  it('tells what it printed when it cannot start', async () => {
    await expect(startRedis({ config: ['no-such-setting 1'] })).rejects.toThrow(
      /Redis ended at once[^]*no-such-setting/,
    );
  });
});

it('a cluster serves all slots, and moves to the server that has them', async () => {
  await using cluster = await startRedisCluster();
  expect(cluster.url).toBe(
    `redis-cluster://${cluster.servers.map((server) => `127.0.0.1:${server.port}`).join(',')}`,
  );
  const outcomes = await Promise.all(
    cluster.servers.map((server) => redisCommand(server.url, ['SET', 'gold', '1']).catch(String)),
  );
  expect(outcomes.filter((outcome) => outcome === 'OK')).toHaveLength(1);
  expect(outcomes.filter((outcome) => String(outcome).includes('MOVED'))).toHaveLength(2);
});

describe('a Redis of the environment', () => {
  it('gives every test a database of its own, and is left as it was', async () => {
    await using theirs = await startRedis({ dedicated: true });
    await redisCommand(theirs.url, ['SET', 'theirs', 'kept']);
    vi.stubEnv('HANOK_TEST_REDIS_URL', theirs.url);
    const [one, two] = [await startRedis(), await startRedis()];
    await redisCommand(one.url, ['SET', 'gold', '1']);
    expect(await redisCommand(two.url, ['GET', 'gold'])).toBeNull();
    expect([one.host, one.port]).toEqual([theirs.host, theirs.port]);
    await one.stop();
    await two.stop();
    expect(await redisCommand(theirs.url, ['KEYS', '*'])).toEqual(['theirs']);
    expect(await redisCommand(theirs.url, ['INFO', 'keyspace'])).not.toContain('db1');
  });

  it('cannot be killed, paused or restarted', async () => {
    await using theirs = await startRedis({ dedicated: true });
    vi.stubEnv('HANOK_TEST_REDIS_URL', theirs.url);
    await using redis = await startRedis();
    const refusal = /Cannot \w+ the Redis of HANOK_TEST_REDIS_URL: .*\{ dedicated: true \}/;
    await expect(redis.kill()).rejects.toThrow(refusal);
    await expect(redis.restart()).rejects.toThrow(refusal);
    expect(() => redis.pause()).toThrow(refusal);
    expect(() => redis.resume()).toThrow(refusal);
  });

  it('is not used when the test asks for a process of its own', async () => {
    vi.stubEnv('HANOK_TEST_REDIS_URL', 'redis://127.0.0.1:1');
    await using redis = await startRedis({ dedicated: true });
    expect(await redisCommand(redis.url, ['PING'])).toBe('PONG');
    await expect(startRedis()).rejects.toThrow('ECONNREFUSED');
  });
});
