import { describe, expect, it } from 'vitest';
import { nextWakeAt, step } from '../../src/swim/step.ts';
import { checkSwimConfig, swimPresets } from '../../src/swim/swim-config.ts';
import { createSwimState, type SwimOptions, type SwimState } from '../../src/swim/swim-state.ts';
import type { Member, SwimEffect, SwimMessage, Update } from '../../src/swim/swim-types.ts';

const none = new Uint8Array(0);
const addressOf = (id: string) => ({ host: `host-${id}`, port: 7000 });
const alive = (id: string, incarnation = 1): Update => ({
  type: 'alive',
  id,
  incarnation,
  address: addressOf(id),
  metadata: none,
});

function create(more: Partial<SwimOptions> = {}): SwimState {
  return createSwimState({
    id: 'me',
    address: addressOf('me'),
    metadata: none,
    config: swimPresets.lan,
    incarnation: 1,
    seed: 1,
    now: 0,
    packetBytes: 1_356,
    ...more,
  });
}

/** A member that knows these others, with nothing left to tell. */
function knowing(...ids: string[]): SwimState {
  const state = create();
  hear(state, 0, ...ids.map((id) => alive(id)));
  run(state, 0, 3_000, true);
  return state;
}

function hear(state: SwimState, now: number, ...updates: Update[]): readonly SwimEffect[] {
  return step(state, {
    type: 'receive',
    now,
    from: addressOf('a'),
    packet: { message: { type: 'gossip' }, updates },
  });
}

/** Ticks whenever it is due; pings are answered or not. */
function run(state: SwimState, from: number, until: number, isAnswered: boolean): SwimEffect[] {
  const effects: SwimEffect[] = [];
  for (let now = Math.max(from, nextWakeAt(state)); now <= until; now = Math.max(now, nextWakeAt(state))) {
    const done = step(state, { type: 'tick', now });
    effects.push(...done);
    for (const { message } of sends(done)) {
      if (message.type !== 'ping' || !isAnswered) continue;
      const packet = { message: { type: 'ack' as const, seq: message.seq }, updates: [] };
      step(state, { type: 'receive', now, from: addressOf(message.target), packet });
    }
  }
  return effects;
}

const sends = (effects: readonly SwimEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'send' ? [{ to: effect.to, ...effect.packet }] : []));
const messages = <T extends SwimMessage['type']>(effects: readonly SwimEffect[], type: T) =>
  sends(effects).flatMap(({ message }) =>
    message.type === type ? [message as Extract<SwimMessage, { type: T }>] : [],
  );
const changes = (effects: readonly SwimEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'changed' ? [`${effect.change} ${effect.member.id}`] : []));

describe('a probe', () => {
  it('goes to the target, then by others and over a stream, and then raises a suspicion', () => {
    const state = knowing('a', 'b', 'c', 'd', 'e');
    const startsAt = state.nextProbeAt;
    const [ping] = messages(run(state, 0, startsAt, false), 'ping');
    const target = ping?.target ?? '';
    const asked = run(state, startsAt, startsAt + 200, false);
    expect(messages(asked, 'ping-request')).toHaveLength(3);
    expect(messages(asked, 'ping-request').every((request) => request.target === target)).toBe(true);
    expect(asked.filter(({ type }) => type === 'stream-probe')).toEqual([
      { type: 'stream-probe', to: addressOf(target), target, seq: ping?.seq },
    ]);
    expect(changes(run(state, startsAt + 200, startsAt + 500, false))).toEqual([`suspected ${target}`]);
  });

  it.each(['ack', 'stream-acked'] as const)('succeeds by a late %s', (type) => {
    const state = knowing('a', 'b', 'c');
    const startsAt = state.nextProbeAt;
    const [ping] = messages(run(state, 0, startsAt, false), 'ping');
    const now = startsAt + 400;
    run(state, startsAt, now, false);
    const seq = ping?.seq ?? 0;
    const packet = { message: { type: 'ack' as const, seq }, updates: [] };
    step(state, type === 'ack' ? { type: 'receive', now, from: addressOf('b'), packet } : { type, now, seq });
    expect(changes(run(state, now, startsAt + 500, true))).toEqual([]);
  });

  it('is made for another member, whose address gets the answer, or hears that there is none', () => {
    const state = knowing('a', 'b');
    const request = {
      type: 'ping-request',
      seq: 77,
      target: 'b',
      from: 'a',
      address: addressOf('b'),
    } as const;
    const ask = (now: number) =>
      step(state, { type: 'receive', now, from: addressOf('a'), packet: { message: request, updates: [] } });
    const [ping] = messages(ask(3_000), 'ping');
    const packet = { message: { type: 'ack' as const, seq: ping?.seq ?? 0 }, updates: [] };
    const answered = step(state, { type: 'receive', now: 3_010, from: addressOf('b'), packet });
    expect(sends(answered)).toEqual([{ to: addressOf('a'), message: { type: 'ack', seq: 77 }, updates: [] }]);
    ask(3_020);
    expect(messages(run(state, 3_020, 3_200, true), 'nack')).toEqual([{ type: 'nack', seq: 77 }]);
  });

  it('is not answered when it is meant for another', () => {
    const message = { type: 'ping', seq: 1, target: 'someone else', from: 'a' } as const;
    const state = knowing('a');
    expect(
      step(state, { type: 'receive', now: 3_000, from: addressOf('a'), packet: { message, updates: [] } }),
    ).toEqual([]);
  });
});

describe('local health (Lifeguard, section IV-A)', () => {
  it('stretches the probes when helpers do not even say that they got no answer', () => {
    const state = knowing('a', 'b', 'c', 'd', 'e');
    const failsAt = state.nextProbeAt + 500;
    run(state, 3_000, failsAt, false);
    expect(state.health).toBe(3);
    expect(state.nextProbeAt - failsAt).toBe(4 * 500);
    run(state, failsAt, failsAt + 6_000, false);
    expect(state.health).toBe(7);
    run(state, failsAt + 6_000, failsAt + 60_000, true);
    expect(state.health).toBe(0);
  });

  it('is not lowered by a failure that all helpers confirm', () => {
    const state = knowing('a', 'b', 'c', 'd');
    const startsAt = state.nextProbeAt;
    run(state, 0, startsAt, false);
    const asked = messages(run(state, startsAt, startsAt + 200, false), 'ping-request');
    for (const { seq } of asked) {
      const packet = { message: { type: 'nack' as const, seq }, updates: [] };
      step(state, { type: 'receive', now: startsAt + 400, from: addressOf('b'), packet });
    }
    run(state, startsAt + 400, startsAt + 500, false);
    expect(state.health).toBe(0);
  });
});

describe('a pause of the process', () => {
  it('is added to the deadlines of suspicions and of the probe under way', () => {
    const state = knowing('a', 'b');
    run(state, 3_000, state.nextProbeAt, false);
    hear(state, 3_100, { type: 'suspect', id: 'a', incarnation: 1, from: 'b' });
    const deadline = state.suspicions.get('a')?.deadline ?? 0;
    const resumedAt = 60_000;
    const pausedMs = resumedAt - nextWakeAt(state);
    expect(changes(step(state, { type: 'tick', now: resumedAt }))).toEqual([]);
    expect(state.suspicions.get('a')?.deadline).toBe(deadline + pausedMs);
    expect(state.probe?.endsAt).toBeGreaterThan(resumedAt);
    expect(state.health).toBe(1);
    const refuted = hear(state, resumedAt + 1, alive('a', 2));
    expect(changes(refuted)).toEqual(['alive a']);
  });
});

describe('news', () => {
  it('of a later life overrules all of an earlier one, and of one life the worse the better', () => {
    const state = knowing('a', 'b');
    const suspect = (incarnation: number): Update => ({ type: 'suspect', id: 'a', incarnation, from: 'b' });
    const dead = (incarnation: number): Update => ({ type: 'dead', id: 'a', incarnation, from: 'b' });
    const steps: [Update, string[]][] = [
      [alive('a', 1), []],
      [suspect(1), ['suspected a']],
      [alive('a', 1), []],
      [alive('a', 2), ['alive a']],
      [suspect(1), []],
      [dead(1), []],
      [dead(2), ['dead a']],
      [alive('a', 2), []],
      [suspect(2), []],
      [alive('a', 3), ['joined a']],
      [{ type: 'left', id: 'a', incarnation: 3 }, ['left a']],
      [dead(3), []],
      [alive('a', 4), ['joined a']],
    ];
    for (const [update, expected] of steps) expect(changes(hear(state, 3_000, update))).toEqual(expected);
  });

  it('of a member back from the dead is followed by an exchange of states, but not for each of many', () => {
    const state = knowing('a', 'b', 'c');
    for (const id of ['a', 'b', 'c']) hear(state, 3_000, { type: 'dead', id, incarnation: 1, from: 'x' });
    const back = hear(state, 3_001, alive('a', 2), alive('b', 2), alive('c', 2));
    expect(back.filter(({ type }) => type === 'sync')).toEqual([
      { type: 'sync', to: addressOf('a'), unless: null },
    ]);
  });

  it('about this member itself is refuted under a higher incarnation', () => {
    const state = knowing('a');
    hear(state, 3_000, { type: 'suspect', id: 'me', incarnation: 9, from: 'a' });
    expect(state.self.incarnation).toBe(10);
    const told = sends(run(state, 3_000, 3_000, true)).flatMap(({ updates }) => updates);
    expect(told).toContainEqual(expect.objectContaining({ type: 'alive', id: 'me', incarnation: 10 }));
  });

  it('that another member is dead is only a suspicion when it comes with a whole state', () => {
    const state = knowing('a', 'b');
    const member: Member = {
      id: 'a',
      address: addressOf('a'),
      incarnation: 1,
      metadata: none,
      liveness: 'dead',
    };
    expect(changes(step(state, { type: 'synced', now: 3_000, members: [member] }))).toEqual(['suspected a']);
  });
});

describe('settings', () => {
  it.each(['local', 'frugal', 'lan', 'wan'] as const)('of the preset %s are sound', (preset) => {
    expect(() => checkSwimConfig(swimPresets[preset])).not.toThrow();
  });

  it.each([
    [{ probeTimeoutMs: 500 }, /probeTimeoutMs/],
    [{ suspicionMultiplier: 0 }, /suspicionMultiplier/],
    [{ gossipFanout: Number.NaN }, /gossipFanout/],
  ])('%j are refused', (change, message) => {
    expect(() => create({ config: { ...swimPresets.lan, ...change } })).toThrow(message);
  });

  it.each([
    [{ id: '' }, /id/],
    [{ id: 'x'.repeat(129) }, /id/],
    [{ address: { host: '', port: 1 } }, /host/],
    [{ metadata: new Uint8Array(513) }, /metadata/],
  ])('%j of a member are refused', (change, message) => {
    expect(() => create(change)).toThrow(message);
  });
});
