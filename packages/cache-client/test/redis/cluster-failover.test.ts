import {
  eventually,
  redisCommand,
  startRedisCluster,
  type RedisCluster,
  type TestServer,
} from '@hanok/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCache, type Cache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';
import { retrying, type Retries } from '../support/retrying.ts';

/** Far above what a failover takes (2 s until a primary counts as gone, then an election), for a busy machine. */
const budgetMs = 45_000;

let cluster: RedisCluster;
let cache: Cache;

beforeAll(async () => {
  cluster = await startRedisCluster({ replicas: 1, config: ['cluster-require-full-coverage no'] });
  cache = openCache(cluster.url);
  await ready(cache.store);
}, 120_000);
afterAll(async () => {
  await cache.close();
  await cluster[Symbol.asyncDispose]();
});

const primary = (index: number): TestServer => {
  const server = cluster.servers[index];
  if (server === undefined) throw new Error('there are three');
  return server;
};
const idOf = async (server: TestServer): Promise<string> =>
  String(await redisCommand(server.url, ['CLUSTER', 'MYID']));
const keysIn = async (server: TestServer, slot: number): Promise<string[]> =>
  (await redisCommand(server.url, ['CLUSTER', 'GETKEYSINSLOT', String(slot), '1000'])) as string[];

/** The slot of a counter, which is on the first primary. */
async function slotsOnFirst(names: readonly string[]): Promise<Map<string, number>> {
  const slots = new Map<string, number>();
  for (const name of names) {
    const slot = Number(await redisCommand(primary(0).url, ['CLUSTER', 'KEYSLOT', `{${name}}`]));
    if (slot < 16_384 / 3) slots.set(name, slot);
  }
  return slots;
}

async function beginMove(slot: number, from: TestServer, to: TestServer): Promise<void> {
  await redisCommand(to.url, ['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', await idOf(from)]);
  await redisCommand(from.url, ['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', await idOf(to)]);
}

const migrate = (key: string, from: TestServer, to: TestServer) =>
  redisCommand(from.url, ['MIGRATE', to.host, String(to.port), key, '0', '5000']);

async function finishMove(slot: number, from: TestServer, to: TestServer): Promise<void> {
  for (let keys = await keysIn(from, slot); keys.length > 0; keys = await keysIn(from, slot))
    for (const key of keys) await migrate(key, from, to);
  const id = await idOf(to);
  for (const server of [to, from])
    await redisCommand(server.url, ['CLUSTER', 'SETSLOT', String(slot), 'NODE', id]);
}

/** Counts until told to stop; resolves to how often each name was counted. */
async function countWhile(
  names: readonly string[],
  run: { readonly isOn: boolean },
  retries: Retries,
): Promise<Map<string, number>> {
  const counted = new Map(names.map((name) => [name, 0]));
  await Promise.all(
    names.map(async (name) => {
      while (run.isOn) {
        await retrying(() => cache.counters.increment(name), budgetMs, retries);
        counted.set(name, (counted.get(name) ?? 0) + 1);
      }
    }),
  );
  return counted;
}

it('slots move while clients count: nothing is lost, and no error is left after a bounded retry', async () => {
  const slots = await slotsOnFirst(Array.from({ length: 30 }, (_, i) => `m${i}`));
  const retries = { failedAttempts: 0, longestMs: 0 };
  const run = { isOn: true };
  const counting = countWhile([...slots.keys()], run, retries);
  for (const slot of slots.values()) {
    await beginMove(slot, primary(0), primary(1));
    await finishMove(slot, primary(0), primary(1));
  }
  run.isOn = false;
  for (const [name, count] of await counting) {
    expect(count).toBeGreaterThan(0);
    // MOVED, ASK and TRYAGAIN come before anything is done: what failed was not counted.
    expect(await cache.counters.read(name)).toBe(count);
  }
  expect(slots.size).toBeGreaterThan(3);
}, 120_000);

it('an invalidation finds the copies of a slot that is half on its way', async () => {
  const slot = Number(await redisCommand(primary(0).url, ['CLUSTER', 'KEYSLOT', 'hanok:1:player:x']));
  const owner = primary(Math.floor((slot * 3) / 16_384));
  const target = cluster.servers.find((server) => server !== owner) ?? owner;
  for (const what of [{ tag: 'red' }, { pattern: 'player:*' }] as const) {
    await cache.playerEntries.put('x', {}, { tags: ['red'] });
    for (let i = 0; i < 20; i += 1) await cache.playerEntries.put(String(i), {}, { tags: ['red'] });
    await beginMove(slot, owner, target);
    await migrate('hanok:1:player:x', owner, target);
    expect(await cache.playerEntries.read('x')).toBeDefined();
    expect(await cache.invalidations.broadcast(what)).toMatchObject({ complete: true, deleted: 21 });
    expect(await cache.playerEntries.read('x')).toBeUndefined();
    await redisCommand(owner.url, ['CLUSTER', 'SETSLOT', String(slot), 'STABLE']);
    await redisCommand(target.url, ['CLUSTER', 'SETSLOT', String(slot), 'STABLE']);
  }
}, 120_000);

it('a primary is killed: its replica takes over, players are read meanwhile, and nothing acknowledged is lost', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `k${i}`);
  const { token } = await cache.sessions.create('42');
  const players = cache.players({ load: async (id) => ({ id }), maxConcurrentLoads: 4 });
  const retries = { failedAttempts: 0, longestMs: 0 };
  const run = { isOn: true };
  const counting = countWhile(names, run, retries);
  let reads = 0;
  const reading = Promise.all(
    Array.from({ length: 4 }, async () => {
      for (; run.isOn; reads += 1) expect(await players.read(String(reads % 50))).toBeDefined();
    }),
  );
  await eventually(() => expect(reads).toBeGreaterThan(100));

  await primary(2).kill();
  const replica = cluster.replicas[2];
  await eventually(
    async () => {
      const info = String(await redisCommand(replica?.url ?? '', ['INFO', 'replication']));
      expect(info).toContain('role:master');
    },
    { timeoutMs: budgetMs },
  );
  const counted = new Map<string, number>();
  for (const name of names)
    counted.set(name, await retrying(() => cache.counters.increment(name), budgetMs, retries));
  run.isOn = false;
  await reading;
  const acknowledged = await counting;
  // A call that broke off may have been carried out, and the last ones may not have reached the replica.
  for (const name of names) {
    const value = await cache.counters.read(name);
    expect(value).toBeGreaterThan(0.9 * (acknowledged.get(name) ?? 0) - 20);
    expect(value).toBeLessThanOrEqual((acknowledged.get(name) ?? 0) + 1 + retries.failedAttempts);
  }
  expect(await retrying(() => cache.sessions.validate(token), budgetMs, retries)).toBeDefined();
  expect(retries.longestMs).toBeLessThan(budgetMs);
}, 180_000);
