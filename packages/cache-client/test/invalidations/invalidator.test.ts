import { startRedis } from '@hanok/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { MemoryStore, openStore, PlayerCache, type CacheStore, type Operation } from '../../src/index.ts';
import { MutedStore } from '../support/muted-store.ts';
import { ready } from '../support/ready.ts';

/** A memory store that writes down what it is asked, and what it has answered. */
class NotedStore extends MutedStore {
  readonly notes: string[] = [];
  readonly #keepsOrder: boolean;

  constructor(keepsOrder: boolean) {
    super(new MemoryStore());
    this.#keepsOrder = keepsOrder;
  }

  override get keepsOrder() {
    return this.#keepsOrder;
  }

  override async run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    this.notes.push(operation.name);
    const result = await super.run(operation, keys, args);
    this.notes.push(`${operation.name} answered`);
    return result;
  }
}

async function invalidateOn(store: CacheStore): Promise<void> {
  const players = new PlayerCache(store, { load: async (id) => ({ id }) });
  onTestFinished(() => players.close());
  expect(await players.invalidate('1')).toBe('acknowledged');
}

it('announces a deletion only after it, where order is not kept', async () => {
  const store = new NotedStore(false);
  await invalidateOn(store);
  expect(store.notes).toEqual(['delete', 'delete answered', 'near-announce', 'near-announce answered']);
});

it('sends a deletion and its announcement together, where order is kept', async () => {
  const store = new NotedStore(true);
  await invalidateOn(store);
  expect(store.notes.slice(0, 2)).toEqual(['delete', 'near-announce']);
});

it('one Redis server keeps the order of commands; what may be several connections does not', async () => {
  await using redis = await startRedis();
  const { host, port } = redis;
  const stores = [redis.url, `redis-cluster://${host}:${port}`, 'memory:'].map((url) => openStore(url));
  onTestFinished(async () => void (await Promise.all(stores.map((store) => store.close()))));
  expect(stores.map(({ keepsOrder }) => keepsOrder)).toEqual([true, false, false]);
  const [one] = stores;
  if (one === undefined) throw new Error('no store was opened');
  await ready(one);
  const order: number[] = [];
  const calls = Array.from({ length: 1_000 }, async (_, i) => {
    order.push(await one.incrementBy('order', 1));
    return i;
  });
  await Promise.all(calls);
  expect(order).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
});
