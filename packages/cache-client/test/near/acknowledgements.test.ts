import { SimulatedClock } from '@hanok/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { createCache, MemoryStore, type Operation } from '../../src/index.ts';
import { acknowledgementsKey, holdersKey } from '../../src/near/announcement.ts';
import { announceOperation, reportOperation } from '../../src/near/near-operations.ts';
import { signalOperation } from '../../src/store/signal-operation.ts';
import { MutedStore } from '../support/muted-store.ts';

/** Writes down what it is asked. */
class NotedStore extends MutedStore {
  readonly notes: string[] = [];

  override run<Result>(
    operation: Operation<Result>,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<Result> {
    this.notes.push(operation.name);
    return super.run(operation, keys, args);
  }
}

const load = async (id: string): Promise<{ id: string }> => ({ id });

/** A near cache that holds player 1, and another process that invalidates. Time stands still unless it is advanced. */
async function holderAndWriter() {
  const clock = new SimulatedClock();
  const memory = new MemoryStore({ clock });
  const [holding, writing] = [new NotedStore(memory), new NotedStore(memory)];
  const holder = createCache(holding, { clock }).players({ load, near: {} });
  const writer = createCache(writing, { clock });
  onTestFinished(() => holder.close());
  for (let ms = 0; ms <= 1_000; ms += 100) {
    await holder.read('1');
    await clock.advance(100);
  }
  expect(holder.peek('1')).toBeDefined();
  const invalidate = async (): Promise<string[]> => {
    const { nearCaches } = await writer.invalidations.broadcast({ key: 'player:1' });
    return nearCaches.map(({ outcome }) => outcome);
  };
  return { clock, memory, holding, writing, holder, invalidate };
}

it('a near cache acknowledges without a report', async () => {
  const { holding, holder, invalidate } = await holderAndWriter();
  holding.notes.length = 0;
  for (let count = 0; count < 5; count += 1) expect(await invalidate()).toEqual(['acknowledged']);
  expect(holder.peek('1')).toBeUndefined();
  expect(holding.notes).toEqual(Array(5).fill('signal'));
});

it('one that was not used for long acknowledges, too', async () => {
  const { clock, holder, invalidate } = await holderAndWriter();
  await clock.advance(60_000);
  expect(holder.peek('1')).toBeUndefined();
  expect(await invalidate()).toEqual(['acknowledged']);
});

it('acknowledgements that may have been missed are given once more', async () => {
  const { memory, writing, invalidate } = await holderAndWriter();
  expect(await invalidate()).toEqual(['acknowledged']);
  writing.loseSignals();
  const invalidation = invalidate();
  // Until the announcement was acknowledged in vain.
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  writing.unmute();
  memory.space.signals.signalAll();
  expect(await invalidation).toEqual(['acknowledged']);
});

it('reports go on while announcements come all the time, so that the lease does not run out', async () => {
  const { clock, holder, invalidate } = await holderAndWriter();
  for (let ms = 0; ms < 3_000; ms += 10) {
    await invalidate();
    await holder.read('1');
    expect(holder.peek('1')).toBeDefined();
    await clock.advance(10);
  }
});

it('near caches of the version before, which acknowledge after a report, are understood', async () => {
  const store = new MemoryStore();
  const { table } = await store.run(reportOperation, [holdersKey], ['old', 0, 0]);
  store.subscribe(holdersKey, (announcement = '') => {
    const [, sequence = '', announcer = ''] = announcement.split(' ');
    void store
      .run(reportOperation, [holdersKey], ['old', sequence, table])
      .then(() => store.tell(acknowledgementsKey(announcer), `${table} ${sequence} old`));
  });
  const { nearCaches } = await createCache(store).invalidations.broadcast({ key: 'player:1' });
  expect(nearCaches).toEqual([{ shard: 'memory', holder: 'old', outcome: 'acknowledged' }]);
});

it('announcers of the version before, which wait for a table, a number and a name, are understood', async () => {
  const { memory } = await holderAndWriter();
  const heard: (string | undefined)[] = [];
  memory.subscribe(acknowledgementsKey('old'), (payload) => heard.push(payload));
  const announced = await memory.run(announceOperation, [holdersKey], ['old', 'player:1', 500]);
  const { table, sequence, holders } = announced;
  await expect.poll(() => heard).toEqual([`${table} ${sequence} ${holders[0]}`]);
});

it('an announcement that comes again is acknowledged again, and what came later is not forgotten', async () => {
  const { memory } = await holderAndWriter();
  const heard: (string | undefined)[] = [];
  memory.subscribe(acknowledgementsKey('writer'), (payload) => heard.push(payload));
  const announce = () => memory.run(announceOperation, [holdersKey], ['writer', 'player:1', 500]);
  const [first, second] = await Promise.all([announce(), announce()]);
  const repeated = `${first.table} ${first.sequence} writer player:1`;
  const [holder = ''] = second.holders;
  // Both in one turn: the later one counts.
  await expect.poll(() => heard).toEqual([`${second.table} ${second.sequence} ${holder}`]);
  await memory.run(signalOperation, [holdersKey], [repeated]);
  await expect.poll(() => heard.at(-1)).toBe(`${first.table} ${first.sequence} ${holder}`);
});
