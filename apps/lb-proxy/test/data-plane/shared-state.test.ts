import { describe, expect, it } from 'vitest';
import { SharedState } from '../../src/data-plane/shared-state.ts';

const shape = { capacity: 4, workers: 3 };

describe('SharedState', () => {
  it('is the same from every thread that is given its buffer', () => {
    const main = new SharedState(shape);
    const worker = new SharedState(shape, main.buffer);
    main.table.admit(2, { key: 1, weight: 1, maxActive: 1 });
    expect(worker.enter(1, 10)).toBe(true);
    expect(worker.acquire(1, 2, 0)).toBe(true);
    expect(worker.acquire(1, 2, 0)).toBe(false);
    worker.count(1, 'accepted');
    worker.count(1, 'refused:queue-full');
    worker.count(2, 'refused:queue-full');
    worker.addForBackend(0, 2, 'bytesToClient', 1e12);
    worker.addForBackend(2, 2, 'bytesToClient', 5);
    expect(main.open).toBe(1);
    expect(main.table.active[2]).toBe(1);
    expect(main.total('accepted')).toBe(1);
    expect(main.total('refused:queue-full')).toBe(2);
    expect(main.total('ended:finished')).toBe(0);
    expect(main.backendTotal(2, 'bytesToClient')).toBe(1e12 + 5);
    expect(main.backendTotal(2, 'bytesToBackend')).toBe(0);
    expect(main.backendTotal(1, 'bytesToClient')).toBe(0);
  });

  it('keeps to its limits', () => {
    const state = new SharedState(shape);
    expect([state.enter(0, 2), state.enter(1, 2), state.enter(2, 2), state.enter(0, 0)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(state.open).toBe(3);
    expect([state.startWaiting(0, 1), state.startWaiting(1, 1), state.startWaiting(0, 0)]).toEqual([
      true,
      false,
      false,
    ]);
    state.stopWaiting(0);
    expect(state.waiting).toBe(0);
  });

  it('gives back what a crashed worker held, and only that', () => {
    const state = new SharedState(shape);
    for (const slot of [0, 3]) state.table.admit(slot, { key: slot, weight: 1, maxActive: 0 });
    for (const worker of [0, 1]) {
      state.enter(worker, 0);
      state.startWaiting(worker, 9);
      state.acquire(worker, 3, 0);
      state.acquire(worker, 0, 0);
      state.acquire(worker, 0, 0);
    }
    state.reclaim(1);
    expect([...state.table.active]).toEqual([2, 0, 0, 1]);
    expect([state.open, state.waiting]).toEqual([1, 1]);
    state.reclaim(1);
    expect([...state.table.active]).toEqual([2, 0, 0, 1]);
    state.leave(0);
    state.stopWaiting(0);
    for (const slot of [0, 0, 3]) state.release(0, slot);
    expect([...state.table.active]).toEqual([0, 0, 0, 0]);
    expect([state.open, state.waiting]).toEqual([0, 0]);
  });

  it("forgets a slot's counters for its next backend", () => {
    const state = new SharedState(shape);
    for (const slot of [0, 1, 2]) state.addForBackend(1, slot, 'total', 7);
    state.clearBackend(1);
    expect([0, 1, 2].map((slot) => state.backendTotal(slot, 'total'))).toEqual([7, 0, 7]);
  });
});
