import { describe, expect, it } from 'vitest';
import { liveDigest } from '../../src/swim/live-digest.ts';
import { swimPresets } from '../../src/swim/swim-config.ts';
import { SwimSimulator } from '../../sim/swim/swim-simulator.ts';

describe('liveDigest', () => {
  it('is the same at all members that agree, whatever the order they heard in', () => {
    const sim = new SwimSimulator('agree').startAll(20);
    sim.runUntil(() => sim.converged, 30_000);
    expect(new Set(sim.ids.map((id) => liveDigest(sim.state(id)))).size).toBe(1);
  });

  it('differs by a member, and by a life of a member', () => {
    const digestOf = (incarnations: Readonly<Record<string, number>>) => {
      const sim = new SwimSimulator(1);
      const known = Object.entries(incarnations).map(([id, incarnation]) => ({
        id,
        incarnation,
        address: { host: id, port: 1 },
        liveness: 'alive' as const,
        metadata: new Uint8Array(0),
      }));
      sim.start('self', [], { incarnation: 1, known });
      return liveDigest(sim.state('self'));
    };
    const digests = [
      digestOf({}),
      digestOf({ a: 1 }),
      digestOf({ a: 2 }),
      digestOf({ a: 1 + 2 ** 32 }),
      digestOf({ b: 1 }),
      digestOf({ a: 1, b: 2 }),
      digestOf({ a: 2, b: 1 }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(digests.every(Number.isSafeInteger)).toBe(true);
    expect(digestOf({ b: 2, a: 1 })).toBe(digestOf({ a: 1, b: 2 }));
  });

  it('calls for an exchange where it differs, which brings the members together', () => {
    const sim = new SwimSimulator('differs', { ...swimPresets.lan, reconnectIntervalMs: 10_000_000 });
    const members = ['m0', 'm1', 'm2'].map((id) => ({
      id,
      incarnation: 1,
      address: { host: `host-${id}`, port: 7_000 },
      liveness: 'alive' as const,
      metadata: new Uint8Array(0),
    }));
    sim.start('m0', [], { incarnation: 1, known: members });
    sim.start('m1', [], { incarnation: 1, known: members });
    // Knows one only, and nobody tells it of the other but by an exchange.
    sim.start('m2', [], { incarnation: 1, known: members.slice(0, 1) });
    expect(sim.runUntil(() => sim.converged, 2 * swimPresets.lan.syncIntervalMs)).not.toBeNull();
  });
});
