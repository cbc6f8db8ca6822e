import { redisCommand, startRedis } from '@hanok/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/index.ts';
import { holdersKey } from '../../src/near/announcement.ts';
import { announceOperation } from '../../src/near/near-operations.ts';
import { ready } from '../support/ready.ts';

it('a table that was lost never repeats a number, however many were announced before', async () => {
  await using redis = await startRedis({ dedicated: true });
  const store = await ready(openStore(redis.url));
  onTestFinished(() => store.close());
  const announce = async () =>
    (await store.run(announceOperation, [holdersKey], ['announcer', '1', 500])).sequence;
  // Far more than there are milliseconds.
  const before = await Promise.all(Array.from({ length: 5_000 }, announce));
  await redisCommand(redis.url, ['FLUSHALL']);
  expect(await announce()).toBeGreaterThan(Math.max(...before));
});
