import { describe, expect, test } from 'vitest';
import type { LeaderView } from '../../src/election/election.ts';
import { MemoryGroup } from '../raft/node/memory-group.ts';

describe('the election', () => {
  test('exactly one campaign wins, and its token rises with each leader', async () => {
    const group = new MemoryGroup();
    const tokens: number[] = [];
    for (const { election } of group.running.values()) {
      void election.campaign().then((leadership) => tokens.push(leadership.token));
    }
    const first = await group.leader();
    await group.clock.advance(3_000);
    expect(tokens).toHaveLength(1);
    group.kill(first);
    await group.leader();
    await group.clock.advance(100);
    expect(tokens).toHaveLength(2);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
  });

  test('leadership is over by its deadline when the others cannot be reached, before another can lead', async () => {
    const group = new MemoryGroup();
    const leader = await group.leader();
    const leadership = await leader.election.campaign();
    group.isolate(leader.node.id);
    const cutAt = group.clock.monotonicMs();
    await group.clock.advanceUntil(() => leadership.signal.aborted, 5_000);
    expect(group.clock.monotonicMs() - cutAt).toBeLessThanOrEqual(901);
    expect(leadership.isValid()).toBe(false);
    expect(() => leadership.assertValid()).toThrow(/leadership 1 is over/);
    expect(group.leaders()).toEqual([]);
    const successor = await group.leader();
    expect((await successor.election.campaign()).token).toBeGreaterThan(leadership.token);
  });

  test('it lasts as long as the others answer', async () => {
    const group = new MemoryGroup();
    const leader = await group.leader();
    const leadership = await leader.election.campaign();
    await group.clock.advance(60_000);
    expect(leadership.isValid()).toBe(true);
    expect(await leader.election.campaign()).toBe(leadership);
  });

  test('resigning moves it to another within milliseconds, and at no time do two hold it', async () => {
    const group = new MemoryGroup();
    const leader = await group.leader();
    await group.clock.advance(1_000);
    const leadership = await leader.election.campaign();
    const before = group.clock.monotonicMs();
    const resigned = leader.election.resign();
    expect(leadership.isValid()).toBe(false);
    await group.settle(resigned);
    expect(group.clock.monotonicMs() - before).toBeLessThan(50);
    const successor = await group.leader();
    expect(successor).not.toBe(leader);
    expect(leadership.signal.aborted).toBe(true);
  });

  test('a coordinator that is alone keeps it', async () => {
    const group = new MemoryGroup(1);
    const leader = await group.leader();
    const leadership = await leader.election.campaign();
    await group.settle(leader.election.resign());
    expect(leadership.isValid()).toBe(true);
  });

  test('stopping hands it over', async () => {
    const group = new MemoryGroup();
    const leader = await group.leader();
    await group.clock.advance(1_000);
    const { term } = leader.election.view();
    group.running.delete(leader.node.id);
    await group.settle(leader.stop());
    expect((await group.leader()).election.view().term).toBe(term + 1);
  });

  test('observers hear of each leader, in the order of the terms', async () => {
    const group = new MemoryGroup();
    const [first] = group.running.values();
    const views: LeaderView[] = [];
    const end = first?.election.observe((view) => views.push(view));
    const leader = await group.leader();
    await group.clock.advance(1_000);
    await group.settle(leader.election.resign());
    await group.clock.advance(1_000);
    end?.();
    const terms = views.map(({ term }) => term);
    expect(terms).toEqual(terms.toSorted((a, b) => a - b));
    expect(new Set(views.flatMap(({ leaderId }) => leaderId ?? [])).size).toBe(2);
  });

  test('a campaign can be called off', async () => {
    const group = new MemoryGroup();
    await group.leader();
    const [follower] = group.followers();
    const reason = new Error('no longer wanted');
    const abort = new AbortController();
    const campaign = follower?.election.campaign(abort.signal);
    abort.abort(reason);
    await expect(campaign).rejects.toBe(reason);
    await expect(follower?.election.campaign(abort.signal)).rejects.toBe(reason);
  });
});
