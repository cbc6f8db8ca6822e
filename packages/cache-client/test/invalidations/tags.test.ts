import { eventually } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../support/engines.ts';
import { gate } from '../support/gate.ts';

interface Member {
  readonly guild: string;
  readonly gold: number;
}

const tagsOf = ({ guild }: Member): string[] => [`guild:${guild}`];

describeOnEveryEngine('invalidation by tag', (open) => {
  it('drops what carries the tag, and nothing else', async () => {
    const { players, invalidations, playerEntries } = await open();
    const load = async (id: string): Promise<Member> => ({ guild: id < '3' ? 'red' : 'blue', gold: 1 });
    const cache = players({ load, tagsOf });
    await cache.readMany(['1', '2', '3', '4']);
    await playerEntries.put('5', { name: 'kim' }, { tags: ['guild:red', 'vip'] });
    await playerEntries.put('6', { name: 'lee' }, { tags: ['guild:redder'] });
    await playerEntries.put('7', { name: 'guild:red' });

    const report = await invalidations.broadcast({ tag: 'guild:red' });
    expect(report).toMatchObject({ target: { tag: 'guild:red' }, complete: true, deleted: 3 });
    await cache.readMany(['1', '2', '3', '4']);
    expect(cache.stats).toMatchObject({ loads: 6, hits: 2 });
    expect(await playerEntries.read('5')).toBeUndefined();
    expect(await playerEntries.read('6')).toMatchObject({ value: { name: 'lee' } });
    expect(await playerEntries.read('7')).toMatchObject({ value: { name: 'guild:red' } });
  });

  it('keeps tags and value apart, whatever the value is', async () => {
    const { playerEntries } = await open();
    const value = { text: '1;2;,"}', more: [';'] };
    await playerEntries.put('1', value, { tags: ['a', 'b', 'a'] });
    expect(await playerEntries.read('1')).toMatchObject({ value });
  });

  it('never lets a load that began before it be stored after it', async () => {
    const { players, invalidations, store } = await open();
    const loads: ReturnType<typeof gate<Member>>[] = [];
    const load = async (): Promise<Member> => {
      const each = gate<Member>();
      loads.push(each);
      return each.promise;
    };
    const cache = players({ load, tagsOf });
    const reading = cache.read('1');
    await eventually(() => expect(loads).toHaveLength(1));
    expect(await invalidations.broadcast({ tag: 'guild:red' })).toMatchObject({ complete: true, deleted: 1 });
    loads[0]?.open({ guild: 'red', gold: 1 });
    expect(await reading).toMatchObject({ gold: 1 });
    expect(await store.exists('player:1')).toBe(false);
    expect(cache.stats.unkept).toBe(1);
  });

  it('never lets an early refresh bring a tag back that was invalidated meanwhile', async () => {
    const { players, invalidations } = await open();
    const loads: ReturnType<typeof gate<Member>>[] = [];
    const load = async (): Promise<Member> => {
      const each = gate<Member>();
      loads.push(each);
      return each.promise;
    };
    const cache = players({ load, tagsOf, ttlMs: 60_000, earlyRefresh: 1e9 });
    const reading = cache.read('1');
    await eventually(() => expect(loads).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 2));
    loads[0]?.open({ guild: 'blue', gold: 1 });
    await reading;
    await eventually(async () => {
      await cache.read('1');
      expect(loads).toHaveLength(2);
    });
    // The refresh has read that the player is red now; then the reds are invalidated, and the entry is a blue one.
    await invalidations.broadcast({ tag: 'guild:red' });
    loads[1]?.open({ guild: 'red', gold: 1 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await cache.read('1')).toMatchObject({ guild: 'blue' });
  });

  it('reaches near caches, which are named in the report', async () => {
    const { players, invalidations } = await open();
    const member = { guild: 'red', gold: 1 };
    const load = async (): Promise<Member> => ({ ...member });
    const cache = players({ load, tagsOf, near: { name: 'player-service-1' } });
    const untilNear = async (): Promise<void> => {
      await expect.poll(async () => (await cache.read('1'), cache.peek('1'))).toBeDefined();
    };
    await untilNear();
    member.gold = 2;
    await invalidations.broadcast({ tag: 'guild:blue' });
    await untilNear();
    expect(cache.stats.loads).toBe(1);
    const { complete, nearCaches } = await invalidations.broadcast({ tag: 'guild:red' });
    expect(complete).toBe(true);
    expect(nearCaches).toMatchObject([
      { holder: expect.stringMatching(/^player-service-1\./) as string, outcome: 'acknowledged' },
    ]);
    expect(cache.peek('1')).toBeUndefined();
    expect(await cache.read('1')).toMatchObject({ gold: 2 });

    await untilNear();
    cache.close();
    const { nearCaches: gone } = await invalidations.broadcast({ key: 'player:1' });
    expect(gone).toMatchObject([{ outcome: 'lapsed' }]);
    expect((await invalidations.broadcast({ key: 'player:1' })).nearCaches).toEqual([]);
  });

  it('drops by key in one step', async () => {
    const { invalidations, playerEntries } = await open();
    await playerEntries.put('1', {});
    expect(await invalidations.broadcast({ key: 'player:1' })).toMatchObject({
      target: { key: 'player:1' },
      complete: true,
      deleted: 1,
    });
    expect(await invalidations.broadcast('player:1')).toMatchObject({ complete: true, deleted: 0 });
  });

  it.each([
    [{ tag: 'a b' }, 'tag'],
    [{ tag: '' }, 'tag'],
    [{ key: 'player:*' }, 'key'],
    [{ key: 'session:1' }, 'key'],
    [{ pattern: 'session:*' }, 'pattern'],
    [{ pattern: 'player:[1]' }, 'pattern'],
  ])('refuses %j', async (target, field) => {
    const { invalidations } = await open();
    await expect(invalidations.broadcast(target)).rejects.toMatchObject({ code: 'invalid', field });
  });

  it('refuses tags that are none, and too many', async () => {
    const { players, playerEntries } = await open();
    const load = async (): Promise<Member> => ({ guild: 'of thieves', gold: 1 });
    await expect(players({ load, tagsOf }).read('1')).rejects.toMatchObject({
      code: 'invalid',
      field: 'tags',
    });
    const tags = Array.from({ length: 17 }, (_, i) => `t${i}`);
    await expect(playerEntries.put('1', {}, { tags })).rejects.toMatchObject({ field: 'tags' });
  });
});
