import { eventually, redisCommand, startRedis } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { openCache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';
import { retrying } from '../support/retrying.ts';

it('a shard goes on with its replica once that was promoted, and its keys stay where they were', async () => {
  await using first = await startRedis({ dedicated: true });
  await using standby = await startRedis({ replicaOf: first });
  await using other = await startRedis({ dedicated: true });
  const at = ({ host, port }: typeof first): string => `${host}:${port}`;
  const cache = openCache(`redis://${at(first)}|${at(standby)},${at(other)}`);
  await ready(cache.store);
  for (let i = 0; i < 20; i += 1) await cache.counters.increment(`c${i}`, i);
  const sizeOf = async (url: string): Promise<number> => Number(await redisCommand(url, ['DBSIZE']));
  await eventually(async () => expect(await sizeOf(standby.url)).toBe(await sizeOf(first.url)));

  await first.kill();
  await eventually(() => expect(cache.connected).toBe(false));
  // Until someone promotes it, the replica is found and not used.
  await eventually(() => expect(cache.lastError?.code).toBe('read_only'));
  await redisCommand(standby.url, ['REPLICAOF', 'NO', 'ONE']);
  const retries = { failedAttempts: 0, longestMs: 0 };
  for (let i = 0; i < 20; i += 1)
    expect(await retrying(() => cache.counters.increment(`c${i}`), 20_000, retries)).toBe(i + 1);

  await first.restart();
  expect(await cache.counters.read('c7')).toBe(8);
  await cache.close();
}, 60_000);

it('begins with the replica when that is the primary already', async () => {
  await using first = await startRedis({ dedicated: true });
  await using replica = await startRedis({ replicaOf: first });
  const cache = openCache(`redis://127.0.0.1:${replica.port}|127.0.0.1:${first.port}`);
  await ready(cache.store);
  expect(await cache.counters.increment('c')).toBe(1);
  await cache.close();
}, 60_000);
