import { seededRng } from '@hanok/testkit';
import { describe, expect, it, vi } from 'vitest';
import { swimPresets, type SwimConfig } from '../../src/swim/swim-config.ts';
import { datagramOverheadBytes } from '../../src/wire/datagram-box.ts';
import { SwimSimulator } from '../../sim/swim/swim-simulator.ts';

// Virtual time, but real work: a slow machine needs longer.
vi.setConfig({ testTimeout: 60_000 });

/** A cluster in which everybody knows everybody. */
function cluster(seed: number | string, count: number): SwimSimulator {
  const sim = new SwimSimulator(seed).startAll(count);
  if (sim.runUntil(() => sim.converged, 30_000) === null)
    throw new Error(`seed ${seed}: not joined within 30 s`);
  return sim;
}

const seeds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const quantile = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? Number.NaN;

describe('joining', () => {
  it.each([2, 3, 10, 100])('makes %d members known to each other through one seed within 5 s', (count) => {
    const sim = new SwimSimulator(count).startAll(count);
    expect(sim.runUntil(() => sim.converged, 5_000)).not.toBeNull();
    expect(sim.seen('dead')).toEqual([]);
  });

  it('works when the seed starts last', () => {
    const sim = new SwimSimulator('late seed');
    sim.start('seed', []);
    sim.crash('seed');
    sim.start('a', ['seed']);
    sim.start('b', ['seed']);
    sim.run(10_000);
    expect(sim.converged).toBe(false);
    sim.start('seed', []);
    expect(sim.runUntil(() => sim.converged, 8_000)).not.toBeNull();
  });
});

describe('detection', () => {
  it.each([
    { count: 3, runs: 25, p50: 4_000, p99: 5_000 },
    { count: 32, runs: 5, p50: 7_500, p99: 9_500 },
    { count: 100, runs: 2, p50: 7_500, p99: 9_500 },
  ])(
    'by all of $count members takes at most $p50 ms in the median and $p99 ms at worst',
    ({ count, runs, p50, p99 }) => {
      const times = seeds(runs).map((seed) => {
        const sim = cluster(seed, count).run(seed * 137);
        sim.crash('m1');
        return sim.runUntil(() => sim.seen('dead', 'm1').length >= count - 1, 60_000) ?? Infinity;
      });
      expect(quantile(times, 0.5)).toBeLessThanOrEqual(p50);
      expect(quantile(times, 0.99)).toBeLessThanOrEqual(p99);
    },
  );

  it('holds nobody dead in ten calm minutes, nor in ten with 5% loss', () => {
    for (const loss of [0, 0.05]) {
      const sim = cluster('calm', 16);
      sim.network.weather.loss = loss;
      sim.run(600_000);
      expect(sim.seen('dead'), `loss ${loss}`).toEqual([]);
      expect(sim.converged).toBe(true);
    }
  });

  it('goes round a broken way between two members, and a way broken in one direction', () => {
    const sim = cluster('one way', 5);
    sim.cut(['m1'], ['m2']);
    sim.run(120_000);
    sim.cutBoth(['m3'], ['m4']);
    sim.run(120_000);
    expect(sim.seen('dead')).toEqual([]);
  });

  it('costs at most 4.5 datagrams and 400 bytes a member a second when nothing happens, at any size', () => {
    for (const count of [3, 100]) {
      const sim = cluster(`idle ${count}`, count).run(60_000);
      const before = { datagrams: sim.network.datagrams, bytes: sim.network.datagramBytes };
      sim.run(60_000);
      const datagrams = (sim.network.datagrams - before.datagrams) / count / 60;
      const sealed =
        (sim.network.datagramBytes - before.bytes) / count / 60 + datagrams * datagramOverheadBytes;
      expect(datagrams).toBeLessThanOrEqual(4.5);
      expect(sealed).toBeLessThanOrEqual(400);
    }
  });
});

describe('suspicion', () => {
  it('is refuted by a member that was away for less than it lasts', () => {
    const sim = cluster('short stall', 8);
    const { incarnation } = sim.state('m3').self;
    sim.stall('m3', 2_500);
    sim.run(20_000);
    expect(sim.seen('suspected', 'm3').length).toBeGreaterThan(0);
    expect(sim.seen('dead')).toEqual([]);
    expect(sim.state('m3').self.incarnation).toBeGreaterThan(incarnation);
    expect(sim.converged).toBe(true);
  });

  it('never makes others pay for a member’s own pause', () => {
    const sim = cluster('long stall', 16);
    sim.stall('m3', 40_000);
    sim.run(120_000);
    expect(new Set(sim.seen('dead').map(({ id }) => id))).toEqual(new Set(['m3']));
    expect(sim.seen('dead').filter(({ observer }) => observer === 'm3')).toEqual([]);
    expect(sim.converged).toBe(true);
  });

  it('spares well members when a quarter of the cluster stalls again and again', () => {
    const sim = cluster('stalls', 32);
    const stalling = sim.ids.slice(0, 8);
    const rng = seededRng('stalls');
    for (let round = 0; round < 8; round += 1) {
      for (const id of stalling) sim.stall(id, 1_000 + rng.next() * 15_000);
      sim.run(20_000);
    }
    const wronged = sim.seen('dead').filter(({ id }) => !stalling.includes(id));
    expect(wronged).toEqual([]);
    expect(sim.runUntil(() => sim.converged, 30_000)).not.toBeNull();
  });
});

describe('Lifeguard', () => {
  it('is what spares well members: plain SWIM calls many of them dead in the same stalls', () => {
    const falseDeaths = (config: SwimConfig): number => {
      const sim = new SwimSimulator('lifeguard', config).startKnown(64);
      const stalling = new Set(sim.ids.slice(0, 8));
      for (let round = 0; round < 8; round += 1) {
        for (const id of stalling) sim.stall(id, 8_000, 1);
        sim.run(8_064);
      }
      return sim.seen('dead').filter(({ id }) => !stalling.has(id)).length;
    };
    const plain = falseDeaths({ ...swimPresets.lan, lifeguard: false });
    expect(plain).toBeGreaterThan(20);
    expect(falseDeaths(swimPresets.lan) * 20).toBeLessThan(plain);
  });
});

describe('healing', () => {
  it.each(seeds(10))('finds a parted cluster together again (seed %d)', (seed) => {
    const sim = cluster(seed, 9);
    const [some, others] = [sim.ids.slice(0, 4), sim.ids.slice(4)];
    sim.cutBoth(some, others);
    sim.run(60_000);
    expect(sim.liveness('m0', 'm8')).toBe('dead');
    expect(sim.liveness('m8', 'm0')).toBe('dead');
    expect(sim.liveness('m0', 'm3')).toBe('alive');
    sim.heal();
    expect(sim.runUntil(() => sim.converged, 10_000)).not.toBeNull();
  });

  it('finds a large cluster together again', () => {
    const sim = cluster('large', 60);
    sim.cutBoth(sim.ids.slice(0, 30), sim.ids.slice(30));
    sim.run(90_000);
    sim.heal();
    expect(sim.runUntil(() => sim.converged, 20_000)).not.toBeNull();
  });

  it('finds together by the seeds when everybody has been forgotten', () => {
    const sim = new SwimSimulator('forgotten', { ...swimPresets.lan, forgetDeadAfterMs: 20_000 }).startAll(3);
    sim.run(5_000);
    sim.cutBoth(['m0'], ['m1', 'm2']);
    sim.run(120_000);
    expect(sim.state('m0').members.size).toBe(0);
    sim.heal();
    expect(sim.runUntil(() => sim.converged, 10_000)).not.toBeNull();
  });
});

describe('coming and going', () => {
  it('tells a leave as a leave, and forgets the member later', () => {
    const sim = cluster('leave', 8);
    sim.give('m5', { type: 'leave' });
    expect(sim.runUntil(() => sim.seen('departed', 'm5').length === 1, 3_000)).not.toBeNull();
    sim.crash('m5');
    sim.run(60_000);
    expect(sim.seen('left', 'm5')).toHaveLength(7);
    expect(sim.seen('dead')).toEqual([]);
    sim.run(400_000);
    expect(sim.seen('forgotten', 'm5')).toHaveLength(7);
  });

  it('lets a lone member leave at once', () => {
    const sim = new SwimSimulator('lone').startAll(1);
    sim.give('m0', { type: 'leave' });
    expect(sim.seen('departed')).toHaveLength(1);
  });

  it('takes back a member that died and started again, or that left and joined again', () => {
    const sim = cluster('again', 5);
    sim.crash('m1');
    sim.give('m2', { type: 'leave' });
    sim.run(30_000);
    sim.start('m1', ['m0']);
    sim.start('m2', ['m0']);
    expect(sim.runUntil(() => sim.converged, 5_000)).not.toBeNull();
  });

  it('takes back a member whose clock went back, and one that was too quick to be missed', () => {
    const sim = cluster('clock', 5).run(50_000);
    sim.crash('m1');
    sim.start('m1', ['m0'], { incarnation: 3, metadata: Uint8Array.of(7) });
    const isKnown = () =>
      sim.ids.every((id) => id === 'm1' || sim.state(id).members.get('m1')?.metadata[0] === 7);
    expect(sim.runUntil(() => isKnown() && sim.converged, 8_000)).not.toBeNull();
    sim.crash('m1');
    sim.run(30_000);
    sim.start('m1', ['m0'], { incarnation: 3 });
    expect(sim.runUntil(() => sim.converged, 8_000)).not.toBeNull();
  });

  it('refuses a second process of a live id, and takes the address when the first is dead', () => {
    const sim = cluster('twins', 4);
    sim.crash('m1');
    sim.start('m1', ['m0'], { port: 7777 });
    sim.run(1_000);
    expect(sim.seen('conflict').length).toBeGreaterThan(0);
    expect(sim.state('m0').members.get('m1')?.address.port).toBe(7000);
    const hasMoved = () =>
      ['m0', 'm2', 'm3'].every((id) => sim.state(id).members.get('m1')?.address.port === 7777);
    expect(sim.runUntil(() => hasMoved() && sim.converged, 15_000)).not.toBeNull();
  });

  it('tells new metadata to all', () => {
    const sim = cluster('metadata', 20);
    const metadata = new Uint8Array(512).fill(9);
    sim.give('m3', { type: 'set-metadata', metadata });
    const known = () => sim.seen('updated', 'm3').length === 19;
    expect(sim.runUntil(known, 5_000)).not.toBeNull();
    expect(sim.state('m7').members.get('m3')?.metadata).toEqual(metadata);
  });
});

describe('chaos', () => {
  it('is the same for the same seed', () => {
    const trace = (seed: number) => {
      const sim = chaos(seed);
      return JSON.stringify([sim.observations, sim.network.datagrams, sim.now]);
    };
    expect(trace(5)).toBe(trace(5));
    expect(trace(5)).not.toBe(trace(6));
  });

  it.each(seeds(12))('ends with everybody alive knowing everybody alive (seed %d)', (seed) => {
    const sim = chaos(seed);
    expect(sim.runUntil(() => sim.converged, 30_000)).not.toBeNull();
  });
});

/** A few minutes of faults of every kind, then fair weather. Which kinds there are differs from seed to seed. */
function chaos(seed: number): SwimSimulator {
  const rng = seededRng(`chaos ${seed}`);
  const sim = new SwimSimulator(seed).startAll(3 + Math.floor(rng.next() * 10));
  const any = () => sim.ids[Math.floor(rng.next() * sim.ids.length)] ?? 'm0';
  const kinds: (() => void)[] = [
    () => sim.crash(any()),
    () => sim.stall(any(), rng.next() * 30_000),
    () =>
      sim.cut(
        [any()],
        sim.ids.filter(() => rng.next() < 0.5),
      ),
    () =>
      sim.cutBoth(
        sim.ids.filter((_, index) => index % 2 === 0),
        sim.ids.filter((_, index) => index % 2 === 1),
      ),
    () => sim.heal(),
    () =>
      Object.assign(sim.network.weather, {
        loss: rng.next() * 0.3,
        duplication: rng.next() * 0.2,
        maxDelayMs: 1 + rng.next() * 300,
      }),
    () => sim.give(any(), { type: 'set-metadata', metadata: new Uint8Array(Math.floor(rng.next() * 513)) }),
  ].filter(() => rng.next() < 0.6);
  for (let turn = 0; turn < 30; turn += 1) {
    kinds[Math.floor(rng.next() * kinds.length)]?.();
    sim.run(rng.next() * 8_000);
    const down = any();
    if (rng.next() < 0.5 && down !== 'm0') {
      sim.crash(down);
      sim.start(down, ['m0']);
    }
  }
  sim.heal();
  Object.assign(sim.network.weather, { loss: 0, duplication: 0, maxDelayMs: 2 });
  for (const id of sim.ids) {
    sim.crash(id);
    sim.start(id, id === 'm0' ? ['m1'] : ['m0']);
    sim.run(500);
  }
  return sim;
}
