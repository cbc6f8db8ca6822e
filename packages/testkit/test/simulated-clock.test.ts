import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../src/index.ts';

describe('time', () => {
  it('stands still until it is moved, then both clocks move alike', async () => {
    const clock = new SimulatedClock({ startMs: 1_000 });
    expect([clock.now(), clock.monotonicMs()]).toEqual([1_000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonicMs()]).toEqual([1_250, 250]);
  });

  it('lets the wall clock be stepped alone', async () => {
    const clock = new SimulatedClock({ startMs: 1_000 });
    const ran: number[] = [];
    clock.setTimer(10, () => ran.push(clock.now()));
    clock.stepWall(-500);
    await clock.advance(10);
    expect(ran).toEqual([510]);
    expect(clock.monotonicMs()).toBe(10);
  });

  it('refuses to go back', async () => {
    const clock = new SimulatedClock();
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError);
  });
});

describe('timers', () => {
  it('run when due, in order, ties in the order they were set, each at its own time', async () => {
    const clock = new SimulatedClock();
    const ran: string[] = [];
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['late', 31],
    ] as const) {
      clock.setTimer(delayMs, () => ran.push(`${name}@${clock.monotonicMs()}`));
    }
    await clock.advance(30);
    expect(ran).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.nextTimerMs).toBe(1);
  });

  it('can be called off, also by one that runs before', async () => {
    const clock = new SimulatedClock();
    const ran: string[] = [];
    const second = clock.setTimer(20, () => ran.push('second'));
    clock.setTimer(10, () => second.cancel());
    await clock.advance(100);
    second.cancel();
    expect(ran).toEqual([]);
    expect(clock.nextTimerMs).toBeUndefined();
  });

  it('set on the way run on the way', async () => {
    const clock = new SimulatedClock();
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.monotonicMs());
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);
    await clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
  });

  it('let all that became ready run before the next one', async () => {
    const clock = new SimulatedClock();
    const steps: string[] = [];
    const work = async (): Promise<void> => {
      for (let round = 1; round <= 3; round++) {
        await clock.sleep(10);
        for (let depth = 0; depth < 50; depth++) await Promise.resolve();
        steps.push(`work ${round}@${clock.monotonicMs()}`);
      }
    };
    clock.setTimer(15, () => steps.push('timer@15'));
    const done = work();
    await clock.advance(30);
    await done;
    expect(steps).toEqual(['work 1@10', 'timer@15', 'work 2@20', 'work 3@30']);
  });

  it('that set each other without end are reported', async () => {
    const clock = new SimulatedClock();
    const again = (): void => void clock.setTimer(0, again);
    again();
    await expect(clock.advance(0)).rejects.toThrow('wake-ups');
  }, 60_000);

  it('that throw fail the advance that ran them', async () => {
    const clock = new SimulatedClock();
    clock.setTimer(1, () => {
      throw new Error('broken timer');
    });
    await expect(clock.advance(1)).rejects.toThrow('broken timer');
  });
});

describe('sleep', () => {
  it('ends when its time has come, not before', async () => {
    const clock = new SimulatedClock();
    let awake = false;
    const sleeping = clock.sleep(100).then(() => (awake = true));
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    expect(awake).toBe(true);
    await sleeping;
  });

  it('ends with the reason of its signal and leaves no timer', async () => {
    const clock = new SimulatedClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(100, controller.signal);
    controller.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('advanceUntil', () => {
  it('jumps from timer to timer', async () => {
    const clock = new SimulatedClock();
    let ticks = 0;
    const tick = (): void => {
      ticks++;
      clock.setTimer(1_000, tick);
    };
    tick();
    await clock.advanceUntil(() => ticks === 4);
    expect(clock.monotonicMs()).toBe(3_000);
  });

  it('says so when it cannot be', async () => {
    const clock = new SimulatedClock();
    await expect(clock.advanceUntil(() => false)).rejects.toThrow('no timer is left');
    clock.setTimer(5_000, () => undefined);
    await expect(clock.advanceUntil(() => false, 1_000)).rejects.toThrow('not so within 1000 ms');
  });
});
