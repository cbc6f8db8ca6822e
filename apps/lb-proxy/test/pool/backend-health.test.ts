import { describe, expect, it } from 'vitest';
import { BackendHealth, type CheckResult } from '../../src/pool/backend-health.ts';

const good: CheckResult = { ok: true, tookMs: 1 };
const refused: CheckResult = { ok: false, reason: 'refused', detail: 'ECONNREFUSED' };
const silent: CheckResult = { ok: false, reason: 'no-answer', detail: 'no answer' };

const create = () => new BackendHealth({ rise: 2, fall: 3, ejectMs: 1_000 });

describe('BackendHealth', () => {
  it('is unknown and unused until the first check, which decides at once', () => {
    const [up, down] = [create(), create()];
    expect(up.status(0)).toBe('unknown');
    expect(up.isUsable(0)).toBe(false);
    expect(up.check(good)).toBe(true);
    expect(up.status(0)).toBe('up');
    expect(down.check(refused)).toBe(true);
    expect(down.status(0)).toBe('down');
  });

  it('goes down after `fall` failures in a row and not before', () => {
    const health = create();
    health.check(good);
    for (const result of [silent, silent, good, silent, silent]) expect(health.check(result)).toBe(false);
    expect(health.isUsable(0)).toBe(true);
    expect(health.isSettled(0)).toBe(false);
    expect(health.check(silent)).toBe(true);
    expect(health.status(0)).toBe('down');
  });

  it('comes back after `rise` successes in a row', () => {
    const health = create();
    health.check(refused);
    for (const result of [good, refused, good]) expect(health.check(result)).toBe(false);
    expect(health.check(good)).toBe(true);
    expect(health.isUsable(0)).toBe(true);
  });

  it('goes down with one failed check once connects of clients have failed', () => {
    const health = create();
    health.check(good);
    health.suspect();
    expect(health.isSettled(0)).toBe(false);
    expect(health.check(refused)).toBe(true);
  });

  it('forgets the suspicion after a good check', () => {
    const health = create();
    health.check(good);
    health.suspect();
    health.check(good);
    expect(health.check(refused)).toBe(false);
  });

  it('is ejected for a time that doubles, and starts over after a quiet minute', () => {
    const health = create();
    health.check(good);
    expect(health.eject(0)).toBe(1_000);
    expect(health.status(999)).toBe('ejected');
    expect(health.isUsable(999)).toBe(false);
    expect(health.isUsable(1_000)).toBe(true);
    expect(health.eject(1_500)).toBe(2_000);
    expect(health.eject(4_000)).toBe(4_000);
    expect(health.eject(100_000)).toBe(1_000);
    for (let round = 0; round < 20; round += 1) health.eject(100_001);
    expect(health.eject(100_001)).toBe(60_000);
  });

  it('is doubtful when it is out but does not refuse', () => {
    const [slow, dead, ejected] = [create(), create(), create()];
    slow.check(silent);
    dead.check(refused);
    ejected.check(good);
    ejected.eject(0);
    expect([slow, dead, ejected, create()].map((health) => health.isDoubtful(1))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});
